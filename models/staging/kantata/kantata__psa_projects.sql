-- Grain: one row per Kantata project; what is only estimated is none yet. What other systems
-- call it, who delivers it and how it is charged are the firm's own fields.
with

fields as (
    select
        own_fields.source_instance,
        own_fields.subject_id as project_id,
        max(case own_names.setting when 'fields.project_code' then own_fields.field_value end)
            as project_code,
        max(case own_names.setting when 'fields.legal_entity' then own_fields.field_value end)
            as legal_entity_code,
        max(case own_names.setting when 'fields.practice' then own_fields.field_value end)
            as practice_code,
        max(
            case own_names.setting
                when 'fields.contract_type' then lower(own_fields.field_value)
            end
        ) as contract_type,
        max(case own_names.setting when 'fields.expense_budget' then own_fields.amount end)
            as expense_budget_amount,
        max(
            case own_names.setting when 'fields.expense_budget' then own_fields.currency_code end
        ) as expense_budget_currency_code
    from {{ ref('stg_kantata__custom_field_values') }} as own_fields
    inner join {{ ref('stg_landing__settings') }} as own_names
        on own_fields.source_instance = own_names.source_instance
        and own_fields.field_name = own_names.setting_value
    where own_fields.subject_type = 'Workspace' and not own_fields.is_deleted
    group by own_fields.source_instance, own_fields.subject_id
),

coded as (
    select
        fields.source_instance,
        fields.project_id,
        min(versions.landed_at) as project_code_landed_at
    from fields
    inner join {{ ref('stg_kantata__custom_field_value_versions') }} as versions
        on fields.source_instance = versions.source_instance
        and fields.project_id = versions.subject_id
        and upper(fields.project_code) = upper(versions.field_value)
    inner join {{ ref('stg_landing__settings') }} as own_names
        on versions.source_instance = own_names.source_instance
        and versions.field_name = own_names.setting_value
        and own_names.setting = 'fields.project_code'
    where
        versions.subject_type = 'Workspace'
        and not versions.is_deleted
    group by fields.source_instance, fields.project_id
)

select
    projects.project_id,
    projects.customer_group_id as customer_id,
    projects.manager_user_id as manager_person_id,
    fields.project_code,
    coded.project_code_landed_at,
    projects.rate_card_id,
    projects.start_date,
    projects.due_date as end_date,
    projects.project_title as project_name,
    projects.status_name as project_status,
    fields.legal_entity_code,
    fields.practice_code,
    case
        when fields.contract_type in (
            'time_and_materials', 'time_and_materials_capped', 'fixed_fee', 'milestone',
            'retainer', 'cost_plus', 'non_billable'
        ) then fields.contract_type
    end as contract_type,
    projects.currency_code,
    projects.price_amount,
    fields.expense_budget_amount,
    fields.expense_budget_currency_code,
    coalesce(projects.is_archived, false) as is_archived,
    {{ role_lineage('projects') }}
from {{ ref('stg_kantata__projects') }} as projects
left join fields
    on projects.source_instance = fields.source_instance
    and projects.project_id = fields.project_id
left join coded
    on projects.source_instance = coded.source_instance
    and projects.project_id = coded.project_id
where coalesce(projects.project_stage, 'project') != 'estimate'
