-- Grain: one row per project and plan of its expenses that was known for some days: from the
-- day that landing saw it to the day that it saw another or none. What the PSA states
-- without its past counts for all time; of what could not be read what was known before stays.
with

current_budgets as (
    select
        source_instance,
        project_id,
        expense_budget_amount,
        expense_budget_currency_code,
        false as is_deleted,
        source_system,
        source_id,
        source_version
    from {{ ref('psa_projects') }}
    where expense_budget_amount is not null
),

versions as (
    select * from {{ ref('psa_expense_budget_versions') }}
    where is_deleted or expense_budget_amount is not null
),

-- A value that takes another's place was landed with the other's end.
known as (
    {{ known_states(
        'versions', 'current_budgets', key='project_id',
        columns=[
            'expense_budget_amount', 'expense_budget_currency_code', 'is_deleted',
            'source_system', 'source_id', 'source_version'
        ],
        order_by='landed_at, is_deleted desc, source_version'
    ) }}
)

select
    projects.project_key,
    projects.project_code,
    coalesce(known.expense_budget_currency_code, projects.functional_currency_code)
        as currency_code,
    cast(known.expense_budget_amount as decimal(18, 4)) as expense_budget_amount,
    known.known_from,
    known.known_to,
    known.is_current,
    {{ source_coordinates('known') }}
from known
inner join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on crosswalk_projects.role = 'psa'
    and known.source_instance = crosswalk_projects.source_instance
    and known.project_id = crosswalk_projects.record_id
inner join {{ ref('dim_projects') }} as projects
    on crosswalk_projects.project_code = projects.project_code
    and known.project_id = projects.psa_project_id
where not known.is_deleted and known.known_from < known.known_to
