"""NetSuite: the ERP. SuiteQL to read, the record API to post journals."""
