"""Salesforce: customers and the terms projects are sold on."""
