-- Grain: one row per project and fiscal period of its entity (calendar month, where it has
-- none), from that of its first fact, or of the service start it was sold with if that is
-- earlier (once the PSA has it, where there is one), to that of the as-of date (later, if
-- facts are).
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

-- An entity that nobody knows the books of has no periods.
projects as (
    select
        dim_projects.*,
        coalesce(legal_entities.legal_entity_code, '-') as calendar_code
    from {{ ref('dim_projects') }} as dim_projects
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on dim_projects.legal_entity_code = legal_entities.legal_entity_code
),

months as (
    {{ months_of_calendars() }}
),

fact_dates as (

    select
        project_key,
        service_start_date as first_date,
        false as is_fact
    from projects
    where
        service_start_date is not null
        and coalesce(contract_type, '') != 'non_billable'
        and (psa_project_id is not null or not {{ has_role('psa') }})

    union all

    select
        project_key,
        period_month as first_date,
        true as is_fact
    from {{ ref('fct_time_entries') }}
    where not is_future

    union all

    select
        project_key,
        period_month as first_date,
        true as is_fact
    from {{ ref('fct_obligation_costs_daily') }}

    union all

    select
        project_key,
        invoice_date as first_date,
        true as is_fact
    from {{ ref('int_invoice_shares') }}
    where invoice_date <= (select as_of.as_of_date from as_of)

    union all

    select
        project_key,
        accepted_date as first_date,
        true as is_fact
    from {{ ref('dim_milestones') }}
    where is_accepted

),

spans as (
    select
        fact_dates.project_key,
        min(fact_dates.first_date) as first_date,
        greatest(
            max(case when fact_dates.is_fact then fact_dates.first_date end),
            max(as_of.as_of_date)
        ) as last_date
    from fact_dates
    cross join as_of
    where fact_dates.project_key is not null
    group by fact_dates.project_key
)

select
    spans.project_key,
    projects.project_code,
    months.period_month,
    months.period_end_date,
    cast(least(months.period_end_date, as_of.as_of_date) as date) as measured_to_date,
    projects.functional_currency_code as currency_code
from spans
inner join projects on spans.project_key = projects.project_key
inner join months
    on projects.calendar_code = months.calendar_code
    and spans.first_date <= months.period_end_date
    and spans.last_date >= months.period_month
cross join as_of
