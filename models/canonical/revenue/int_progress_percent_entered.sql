-- Grain: one row per obligation measured by what its manager enters and month with anything
-- entered by its end: the last that was said of the obligation, else of the whole project.
-- It may fall, and what was earned falls with it.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'percent_entered'
),

stated as (
    select
        months.obligation_key,
        months.period_month,
        progress.stated_date,
        progress.obligation_code,
        progress.source_instance,
        progress.progress_rate
    from months
    inner join {{ ref('dim_obligations') }} as obligations
        on months.obligation_key = obligations.obligation_key
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on obligations.project_code = crosswalk.project_code
        and crosswalk.role = 'psa'
    inner join {{ ref('psa_progress_stated') }} as progress
        on crosswalk.source_instance = progress.source_instance
        and crosswalk.record_id = progress.project_id
        and months.measured_to_date >= progress.stated_date
        and obligations.obligation_code
        = coalesce(progress.obligation_code, obligations.obligation_code)
),

latest as (
    {{ first_of_each(
        'stated', key=['obligation_key', 'period_month'],
        order=[
            'obligation_code is null', 'stated_date desc nulls last',
            'source_instance nulls last'
        ]
    ) }}
)

select
    obligation_key,
    period_month,
    cast(progress_rate * 100 as decimal(18, 4)) as done_quantity,
    cast(100 as decimal(18, 4)) as total_quantity
from latest
