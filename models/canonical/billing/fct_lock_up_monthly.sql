-- Grain: one row per legal entity, level, code and month: what is owed and what is earned
-- and not invoiced, in days of revenue. The levels are the entity itself, its practices
-- and its customers; a balance without project or customer is in the entity only.
with

months as (select * from {{ ref('int_entity_months') }}),

stacked as (

    select
        legal_entity_code,
        practice_code,
        customer_key,
        period_month,
        receivable_amount,
        0 as unbilled_amount,
        0 as recognised_amount
    from {{ ref('int_receivables_open_monthly') }}

    union all

    select
        projects.legal_entity_code,
        projects.practice_code,
        projects.customer_key,
        balances.period_month,
        0 as receivable_amount,
        greatest(balances.closing_amount, 0) as unbilled_amount,
        balances.earned_amount - balances.written_off_amount as recognised_amount
    from {{ ref('fct_contract_balances_monthly') }} as balances
    inner join {{ ref('dim_projects') }} as projects
        on balances.project_key = projects.project_key
        and coalesce(projects.contract_type, '') != 'non_billable'
    inner join months
        on projects.legal_entity_code = months.legal_entity_code
        and balances.period_month = months.period_month

),

levelled as (

    select
        'legal_entity' as level_name,
        legal_entity_code as level_code,
        *
    from stacked

    union all

    select
        'practice' as level_name,
        practice_code as level_code,
        *
    from stacked

    union all

    select
        'customer' as level_name,
        customer_key as level_code,
        *
    from stacked

),

summed as (
    select
        level_name,
        level_code,
        legal_entity_code,
        period_month,
        sum(receivable_amount) as receivable_amount,
        sum(unbilled_amount) as unbilled_amount,
        sum(recognised_amount) as recognised_amount
    from levelled
    where level_code is not null and legal_entity_code is not null
    group by level_name, level_code, legal_entity_code, period_month
),

firsts as (
    select
        level_name,
        level_code,
        legal_entity_code,
        min(period_month) as first_month
    from summed
    group by level_name, level_code, legal_entity_code
),

monthly as (
    select
        firsts.level_name,
        firsts.level_code,
        firsts.legal_entity_code,
        firsts.first_month,
        months.period_month,
        months.measured_to_date,
        coalesce(summed.receivable_amount, 0) as receivable_amount,
        coalesce(summed.unbilled_amount, 0) as unbilled_amount,
        coalesce(summed.recognised_amount, 0) as recognised_amount
    from firsts
    inner join months
        on firsts.legal_entity_code = months.legal_entity_code
        and firsts.first_month <= months.period_month
    left join summed
        on firsts.level_name = summed.level_name
        and firsts.level_code = summed.level_code
        and firsts.legal_entity_code = summed.legal_entity_code
        and months.period_month = summed.period_month
),

-- The periods of a year begin within 350 days: 12 months, or 13 periods of four weeks.
windowed as (
    select
        *,
        lag(receivable_amount, 1, 0) over so_far as receivable_opening_amount,
        lag(unbilled_amount, 1, 0) over so_far as unbilled_opening_amount,
        sum(recognised_amount) over last_year as trailing_revenue_amount,
        {{ dbt.datediff(
            'min(period_month) over last_year', 'measured_to_date', 'day'
        ) }} + 1 as trailing_days
    from monthly
    window so_far as (
        partition by level_name, level_code, legal_entity_code order by period_month nulls last
    ),
    last_year as (
        partition by level_name, level_code, legal_entity_code
        order by period_month nulls last
        range between interval 350 day preceding and current row
    )
),

-- Twice the balance, so that the average needs no division of its own.
based as (
    select
        windowed.*,
        legal_entities.balance_basis,
        legal_entities.currency_code,
        windowed.receivable_amount + case
            when legal_entities.balance_basis = 'average'
                then windowed.receivable_opening_amount
            else windowed.receivable_amount
        end as receivable_twice_amount,
        windowed.unbilled_amount + case
            when legal_entities.balance_basis = 'average'
                then windowed.unbilled_opening_amount
            else windowed.unbilled_amount
        end as unbilled_twice_amount,
        case
            when windowed.trailing_revenue_amount > 0
                then windowed.trailing_revenue_amount * 2
        end as revenue_twice_amount
    from windowed
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on windowed.legal_entity_code = legal_entities.legal_entity_code
),

measured as (
    select
        *,
        {{ ratio(
            'receivable_twice_amount * trailing_days', 'revenue_twice_amount', 2
        ) }} as sales_outstanding_days,
        {{ ratio(
            'unbilled_twice_amount * trailing_days', 'revenue_twice_amount', 2
        ) }} as wip_days
    from based
)

select
    level_name,
    level_code,
    legal_entity_code,
    period_month,
    measured_to_date,
    balance_basis,
    currency_code,
    cast(receivable_opening_amount as decimal(18, 4)) as receivable_opening_amount,
    cast(receivable_amount as decimal(18, 4)) as receivable_closing_amount,
    cast(unbilled_opening_amount as decimal(18, 4)) as unbilled_opening_amount,
    cast(unbilled_amount as decimal(18, 4)) as unbilled_closing_amount,
    cast(trailing_revenue_amount as decimal(18, 4)) as trailing_revenue_amount,
    cast(trailing_days as integer) as trailing_days,
    cast(sales_outstanding_days as decimal(18, 2)) as sales_outstanding_days,
    cast(wip_days as decimal(18, 2)) as wip_days,
    cast(sales_outstanding_days + wip_days as decimal(18, 2)) as lock_up_days
from measured
