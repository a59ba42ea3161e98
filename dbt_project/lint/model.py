"""dbt's ``model`` as sqlfluff renders it, with one column of any name."""

columns = {"nothing": {"data_type": "integer"}}
