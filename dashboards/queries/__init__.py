"""What the pages ask: one module of queries a page."""
