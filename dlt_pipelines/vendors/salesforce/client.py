"""Salesforce as a CRM: an organisation of it, asked by SOQL."""

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.soql import OPTIONS, SoqlClient

__all__ = ["OPTIONS", "connect"]


def connect(instance: Instance) -> SoqlClient:
    """A client of one configured organisation; nothing is sent yet."""
    return SoqlClient(instance)
