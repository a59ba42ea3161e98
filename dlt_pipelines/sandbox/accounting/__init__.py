"""How the demo firm spends, bills, pays and books."""
