"""Built by dbt, audited by controls, published to audiences."""
