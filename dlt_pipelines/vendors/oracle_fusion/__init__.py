"""Oracle Fusion Cloud ERP: the ledger, and what its subledgers say of it."""
