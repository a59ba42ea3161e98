-- Grain: one row per value of the firm's field for planned expenses and version of it that
-- was landed. An empty one plans none.
select
    versions.subject_id as project_id,
    versions.amount as expense_budget_amount,
    versions.currency_code as expense_budget_currency_code,
    versions.source_system,
    versions.source_instance,
    versions.source_id,
    versions.source_version,
    versions.is_deleted or versions.field_value is null as is_deleted,
    versions.source_updated_at,
    versions.landed_at
from {{ ref('stg_kantata__custom_field_value_versions') }} as versions
inner join {{ ref('stg_landing__settings') }} as own_names
    on versions.source_instance = own_names.source_instance
    and versions.field_name = own_names.setting_value
    and own_names.setting = 'fields.expense_budget'
where versions.subject_type = 'Workspace'
