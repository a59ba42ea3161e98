"""Reverse sync: what the ERP should hold and does not yet, posted exactly once.

``plan`` compares the desired state with the ledger, ``posting`` makes the difference
good, ``ledger`` remembers every intent and attempt. Nothing else writes to a vendor.
"""
