-- Grain: one row per project and month by whose end its manager said how much of the whole
-- is done: the last that was said.
with

stated as (
    select
        months.project_key,
        months.period_month,
        progress.stated_date,
        progress.source_instance,
        progress.progress_rate
    from {{ ref('int_project_months') }} as months
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on months.project_code = crosswalk.project_code
        and crosswalk.role = 'psa'
    inner join {{ ref('psa_progress_stated') }} as progress
        on crosswalk.source_instance = progress.source_instance
        and crosswalk.record_id = progress.project_id
        and months.measured_to_date >= progress.stated_date
    where progress.obligation_code is null
),

latest as (
    {{ first_of_each(
        'stated', key=['project_key', 'period_month'],
        order=['stated_date desc nulls last', 'source_instance nulls last']
    ) }}
)

select
    project_key,
    period_month,
    stated_date,
    cast(progress_rate as decimal(9, 6)) as progress_rate
from latest
