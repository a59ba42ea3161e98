-- Grain: one row per project and plan of its expenses that was known for some days: from the
-- day that landing saw it to the day that it saw another or none. What the PSA states
-- without its past counts for all time; of what could not be read what was known before stays.
with

projects as (select * from {{ ref('psa_projects') }}),

versions as (
    select * from {{ ref('psa_expense_budget_versions') }}
    where is_deleted or expense_budget_amount is not null
),

stacked as (

    select
        project_id,
        expense_budget_amount,
        expense_budget_currency_code,
        is_deleted,
        source_system,
        source_instance,
        source_id,
        source_version,
        landed_at,
        cast(landed_at as date) as landed_on
    from versions

    union all

    select
        projects.project_id,
        projects.expense_budget_amount,
        projects.expense_budget_currency_code,
        false as is_deleted,
        projects.source_system,
        projects.source_instance,
        projects.source_id,
        projects.source_version,
        projects.landed_at,
        cast(null as date) as landed_on
    from projects
    left join versions
        on projects.source_instance = versions.source_instance
        and projects.project_id = versions.project_id
    where versions.project_id is null and projects.expense_budget_amount is not null

),

-- A value that takes another's place was landed with the other's end.
known as (
    {{ known_states('stacked', 'project_id', 'landed_at, is_deleted desc, source_version') }}
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
