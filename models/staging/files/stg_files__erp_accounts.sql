-- Grain: one row per account, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'erp_accounts')) }}
)

select
    account_id,
    account_number,
    account_name,
    account_class,
    account_type,
    is_inactive,
    {{ lineage('files') }}
from source
