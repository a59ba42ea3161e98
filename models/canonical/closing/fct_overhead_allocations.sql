-- Grain: one row per legal entity, overhead account, practice, month and project with a
-- basis: the practice's overhead, as the ledger holds it, shared out to the cent by the
-- entity's basis (labour cost, hours or revenue of the month; negative ones count as
-- none). What no project has a basis for stays whole, on a row without a project. A month
-- whose overhead is not booked yet has no rows.
with

overheads as (
    select
        gl_entries.legal_entity_code,
        gl_entries.account_number,
        gl_entries.practice_code,
        gl_entries.period_month,
        gl_entries.currency_code,
        policies.basis,
        sum(gl_entries.net_amount) as practice_overhead_amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_account_purposes') }} as purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'overhead'
    inner join {{ ref('overhead_policies') }} as policies
        on purposes.legal_entity_code = policies.legal_entity_code
        and purposes.qualifier = policies.pool
    group by
        gl_entries.legal_entity_code,
        gl_entries.account_number,
        gl_entries.practice_code,
        gl_entries.period_month,
        gl_entries.currency_code,
        policies.basis
),

activity as (
    select
        projects.legal_entity_code,
        projects.practice_code,
        daily.period_month,
        daily.project_key,
        daily.project_code,
        sum(daily.labour_cost_amount) as labour_cost_amount,
        sum(daily.approved_minutes) as approved_minutes,
        sum(daily.recognised_amount) as recognised_amount
    from {{ ref('fct_project_activity_daily') }} as daily
    inner join {{ ref('dim_projects') }} as projects
        on daily.project_key = projects.project_key
    group by
        projects.legal_entity_code,
        projects.practice_code,
        daily.period_month,
        daily.project_key,
        daily.project_code
),

based as (
    select
        overheads.*,
        activity.project_key,
        activity.project_code,
        cast(round(greatest(coalesce(
            case overheads.basis
                when 'labour_cost'
                    then activity.labour_cost_amount * {{ minor_units('overheads.currency_code') }}
                when 'hours' then activity.approved_minutes
                when 'revenue'
                    then activity.recognised_amount * {{ minor_units('overheads.currency_code') }}
            end, 0
        ), 0), 0) as bigint) as basis_weight
    from overheads
    left join activity
        on overheads.legal_entity_code = activity.legal_entity_code
        and overheads.practice_code = activity.practice_code
        and overheads.period_month = activity.period_month
),

totalled as (
    select
        *,
        sum(basis_weight) over (
            partition by legal_entity_code, account_number, practice_code, period_month
        ) as total_weight
    from based
),

weighed as (
    select * from totalled
    where basis_weight > 0
),

spread as (
    {{ allocate_amount(
        'weighed',
        ['legal_entity_code', 'account_number', 'practice_code', 'period_month'],
        'practice_overhead_amount', 'basis_weight', ['project_code'], 'currency_code',
        total='total_weight'
    ) }}
),

shared as (

    select
        legal_entity_code,
        account_number,
        practice_code,
        period_month,
        project_key,
        project_code,
        basis,
        basis_weight,
        currency_code,
        practice_overhead_amount,
        allocated_amount as overhead_amount
    from spread

    union all

    select distinct
        legal_entity_code,
        account_number,
        practice_code,
        period_month,
        cast(null as varchar) as project_key,
        cast(null as varchar) as project_code,
        basis,
        cast(0 as bigint) as basis_weight,
        currency_code,
        practice_overhead_amount,
        practice_overhead_amount as overhead_amount
    from totalled
    where total_weight = 0

)

select
    {{ entity_key('overhead', [
        'legal_entity_code', 'account_number', 'practice_code', 'period_month',
        'project_code'
    ]) }} as overhead_key,
    legal_entity_code,
    account_number,
    practice_code,
    period_month,
    project_key,
    project_code,
    basis,
    basis_weight,
    currency_code,
    cast(practice_overhead_amount as decimal(18, 4)) as practice_overhead_amount,
    cast(overhead_amount as decimal(18, 4)) as overhead_amount
from shared
