-- Grain: one row per Kantata customer group; which account of the CRM it is, is a field of
-- the firm's own.
with

account_ids as (
    {{ own_field('WorkspaceGroup', 'fields.crm_customer', 'customer_group_id', 'account_id') }}
)

select
    customer_groups.customer_group_id as customer_id,
    account_ids.account_id as crm_customer_id,
    customer_groups.customer_name,
    {{ role_lineage('customer_groups') }}
from {{ ref('stg_kantata__customer_groups') }} as customer_groups
left join account_ids
    on customer_groups.source_instance = account_ids.source_instance
    and customer_groups.customer_group_id = account_ids.customer_group_id
