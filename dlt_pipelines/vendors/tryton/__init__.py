"""Tryton: an open-source ERP. JSON-RPC to read and to post moves."""
