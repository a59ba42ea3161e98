"""Certinia PSA: projects, plans, time and bills in an organisation of Salesforce's."""
