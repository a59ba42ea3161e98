-- Grain: one row per Kantata customer group; which account of the CRM it is, is a field of
-- the firm's own.
with

account_ids as (
    select
        own_fields.source_instance,
        own_fields.subject_id as customer_group_id,
        max(own_fields.field_value) as account_id
    from {{ ref('stg_kantata__custom_field_values') }} as own_fields
    inner join {{ ref('stg_landing__settings') }} as own_names
        on own_fields.source_instance = own_names.source_instance
        and own_fields.field_name = own_names.setting_value
        and own_names.setting = 'fields.crm_customer'
    where own_fields.subject_type = 'WorkspaceGroup' and not own_fields.is_deleted
    group by own_fields.source_instance, own_fields.subject_id
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
