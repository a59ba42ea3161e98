"""How the demo firm sells, staffs, delivers and records its projects."""
