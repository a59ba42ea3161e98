-- Grain: one row per legal entity, practice and fiscal period to the as-of date: what was
-- signed beside what was billed and earned, and what is signed and not earned yet. Book to
-- bill is bookings ÷ billings: below 1 a firm lives off its backlog. Of the year so far it
-- says more than of a month.
with

bookings as (
    select
        legal_entity_code,
        practice_code,
        period_month,
        sum(case when booking_type = 'deal' then 1 else 0 end) as deals_count,
        sum(case when booked_amount is null then 1 else 0 end) as unvalued_count,
        sum(coalesce(booked_amount, 0)) as booked_amount
    from {{ ref('fct_bookings') }}
    group by legal_entity_code, practice_code, period_month
),

activity as (
    select
        projects.legal_entity_code,
        projects.practice_code,
        daily.period_month,
        sum(daily.billed_amount) as billed_amount,
        sum(daily.recognised_amount) as recognised_amount
    from {{ ref('fct_project_activity_daily') }} as daily
    inner join {{ ref('dim_projects') }} as projects
        on daily.project_key = projects.project_key
    group by projects.legal_entity_code, projects.practice_code, daily.period_month
),

backlogs as (
    select
        projects.legal_entity_code,
        projects.practice_code,
        backlog.period_month,
        sum(backlog.backlog_amount) as backlog_amount
    from {{ ref('fct_backlog_monthly') }} as backlog
    inner join {{ ref('dim_projects') }} as projects
        on backlog.project_key = projects.project_key
    group by projects.legal_entity_code, projects.practice_code, backlog.period_month
),

waiting as (select * from {{ ref('int_bookings_waiting') }}),

cells as (

    select
        legal_entity_code,
        practice_code,
        period_month
    from bookings

    union distinct

    select
        legal_entity_code,
        practice_code,
        period_month
    from activity

    union distinct

    select
        legal_entity_code,
        practice_code,
        period_month
    from backlogs

),

-- A period in which nothing was signed or billed has its year to date all the same.
spans as (
    select
        legal_entity_code,
        practice_code,
        min(period_month) as first_month
    from cells
    group by legal_entity_code, practice_code
),

months as (

    select
        spans.legal_entity_code,
        spans.practice_code,
        entity_months.period_month
    from spans
    inner join {{ ref('int_entity_months') }} as entity_months
        on spans.legal_entity_code = entity_months.legal_entity_code
        and spans.first_month <= entity_months.period_month

    union distinct

    select
        legal_entity_code,
        practice_code,
        period_month
    from cells

),

measured as (
    select
        months.*,
        {{ fiscal_place('periods', 'months.period_month') }},
        coalesce(bookings.deals_count, 0) as deals_count,
        coalesce(bookings.unvalued_count, 0) as unvalued_count,
        coalesce(bookings.booked_amount, 0) as booked_amount,
        coalesce(activity.billed_amount, 0) as billed_amount,
        coalesce(activity.recognised_amount, 0) as recognised_amount,
        coalesce(backlogs.backlog_amount, 0) + coalesce(waiting.backlog_amount, 0)
            as backlog_amount
    from months
    left join {{ ref('dim_periods') }} as periods
        on months.legal_entity_code = periods.legal_entity_code
        and months.period_month = periods.period_month
    left join bookings
        on months.legal_entity_code = bookings.legal_entity_code
        and months.practice_code is not distinct from bookings.practice_code
        and months.period_month = bookings.period_month
    left join activity
        on months.legal_entity_code = activity.legal_entity_code
        and months.practice_code is not distinct from activity.practice_code
        and months.period_month = activity.period_month
    left join backlogs
        on months.legal_entity_code = backlogs.legal_entity_code
        and months.practice_code is not distinct from backlogs.practice_code
        and months.period_month = backlogs.period_month
    left join waiting
        on months.legal_entity_code = waiting.legal_entity_code
        and months.practice_code is not distinct from waiting.practice_code
        and months.period_month = waiting.period_month
),

summed as (
    select
        measured.*,
        {{ to_date_amounts({
            'booked': 'measured.booked_amount',
            'billed': 'measured.billed_amount',
        }) }}
    from measured
    window {{ so_far(['legal_entity_code', 'practice_code'], 'measured') }}
)

select
    summed.legal_entity_code,
    legal_entities.region,
    summed.practice_code,
    practices.practice_name,
    summed.period_month,
    summed.fiscal_year,
    summed.quarter_no,
    summed.period_no,
    legal_entities.currency_code,
    cast(summed.deals_count as integer) as deals_count,
    cast(summed.unvalued_count as integer) as unvalued_count,
    cast(summed.booked_amount as decimal(18, 4)) as booked_amount,
    cast(summed.billed_amount as decimal(18, 4)) as billed_amount,
    cast(summed.recognised_amount as decimal(18, 4)) as recognised_amount,
    cast(summed.backlog_amount as decimal(18, 4)) as backlog_amount,
    summed.quarter_to_date_booked_amount,
    summed.year_to_date_booked_amount,
    summed.quarter_to_date_billed_amount,
    summed.year_to_date_billed_amount,
    cast({{ ratio('summed.booked_amount', 'summed.billed_amount', 4) }} as decimal(18, 4))
        as book_to_bill_rate,
    cast({{ ratio(
        'summed.year_to_date_booked_amount', 'summed.year_to_date_billed_amount', 4
    ) }} as decimal(18, 4)) as year_to_date_book_to_bill_rate
from summed
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on summed.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('practices') }} as practices
    on summed.practice_code = practices.practice_code
