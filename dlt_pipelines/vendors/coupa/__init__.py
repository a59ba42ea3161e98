"""Coupa: expense reports and purchase orders with their lines, suppliers."""
