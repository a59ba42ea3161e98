"""Dynamics 365 Finance."""
