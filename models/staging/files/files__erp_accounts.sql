-- Grain: one row per account; each column is as its feed declares it.
select
    said.account_id,
    said.account_number,
    said.account_name,
    said.account_class,
    said.account_type,
    said.is_inactive,
    {{ role_lineage('said') }}
from {{ ref('stg_files__erp_accounts') }} as said
