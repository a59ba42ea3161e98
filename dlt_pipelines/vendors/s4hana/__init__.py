"""SAP S/4HANA Cloud: all that is known of it."""
