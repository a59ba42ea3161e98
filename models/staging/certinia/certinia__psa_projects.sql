-- Grain: one row per project; a template is none. How it is charged is the firm's own field:
-- of Certinia's own that it is not billable is said, and which of several kinds of fixed
-- price it is, is not. What it is sold for are its customer's approved purchase orders.
with

coded as (
    select
        projects.source_instance,
        projects.project_id,
        min(versions.landed_at) as project_code_landed_at
    from {{ ref('stg_certinia__projects') }} as projects
    inner join {{ ref('stg_certinia__project_versions') }} as versions
        on projects.source_instance = versions.source_instance
        and projects.project_id = versions.project_id
        and upper(projects.project_code) = upper(versions.project_code)
    where not versions.is_deleted
    group by projects.source_instance, projects.project_id
),

sold as (
    select
        budgets.source_instance,
        budgets.project_id,
        budgets.currency_code,
        case when count(*) = count(budgets.amount) then sum(budgets.amount) end as price_amount
    from {{ ref('stg_certinia__budgets') }} as budgets
    where
        budgets.budget_type like 'Customer Purchase Order%'
        and budgets.is_in_financials
        and not budgets.is_deleted
    group by budgets.source_instance, budgets.project_id, budgets.currency_code
),

last_plans as (
    {{ first_of_each(
        ref('certinia__psa_expense_budget_versions'),
        key=['source_instance', 'project_id'], order=['source_version desc nulls last']
    ) }}
)

select
    projects.project_id,
    projects.account_id as customer_id,
    projects.manager_contact_id as manager_person_id,
    projects.project_code,
    coded.project_code_landed_at,
    projects.rate_card_set_id as rate_card_id,
    projects.start_date,
    projects.end_date,
    projects.project_name,
    projects.stage_name as project_status,
    projects.legal_entity_code,
    practices.practice_code,
    case
        when projects.contract_type in (
            'time_and_materials', 'time_and_materials_capped', 'fixed_fee', 'milestone',
            'retainer', 'cost_plus', 'non_billable'
        ) then projects.contract_type
        when projects.contract_type is null and not projects.is_billable then 'non_billable'
    end as contract_type,
    coalesce(projects.currency_code, nullif(own_names.setting_value, '')) as currency_code,
    cast(sold.price_amount as decimal(18, 4)) as price_amount,
    last_plans.expense_budget_amount,
    last_plans.expense_budget_currency_code,
    not coalesce(projects.is_active, true) as is_archived,
    {{ role_lineage('projects') }}
from {{ ref('stg_certinia__projects') }} as projects
left join {{ ref('stg_certinia__practices') }} as practices
    on projects.source_instance = practices.source_instance
    and projects.practice_id = practices.practice_id
left join coded
    on projects.source_instance = coded.source_instance
    and projects.project_id = coded.project_id
left join {{ ref('stg_landing__settings') }} as own_names
    on projects.source_instance = own_names.source_instance
    and own_names.setting = 'values.currency'
left join sold
    on projects.source_instance = sold.source_instance
    and projects.project_id = sold.project_id
    and coalesce(projects.currency_code, '') = coalesce(sold.currency_code, '')
left join last_plans
    on projects.source_instance = last_plans.source_instance
    and projects.project_id = last_plans.project_id
    and not last_plans.is_deleted
where not coalesce(projects.is_pattern, false)
