-- Grain: one row per project, month, obligation and kind of line of its margin: what the
-- margin is made of, adding up to it. Time is told by role and rate or not by person at
-- all, so that nobody's pay can be read from it; the rest is told record by record.
with

lines as (
    select
        *,
        case
            when component = 'labour' then null
            when component = 'subcontractor' and worked_minutes is not null then null
            when valued_by = 'bill_rate' then null
            else correlation_id
        end as record_id,
        case when valued_by = 'bill_rate' then unit_rate end as bill_rate
    from {{ ref('fct_margin_lines') }}
),

summed as (
    select
        project_key,
        project_code,
        period_month,
        obligation_key,
        component,
        valued_by,
        is_provisional,
        item,
        record_id,
        bill_rate,
        currency_code,
        count(*) as lines_count,
        sum(worked_minutes) as worked_minutes,
        sum(margin_amount) as margin_amount
    from lines
    group by
        project_key,
        project_code,
        period_month,
        obligation_key,
        component,
        valued_by,
        is_provisional,
        item,
        record_id,
        bill_rate,
        currency_code
)

select
    {{ entity_key('explained', [
        'summed.project_code', 'summed.period_month', 'obligations.obligation_code',
        'summed.component', 'summed.valued_by', 'summed.is_provisional', 'summed.item',
        'summed.record_id', 'summed.bill_rate'
    ]) }} as explained_key,
    summed.project_key,
    summed.project_code,
    summed.period_month,
    obligations.obligation_code,
    obligations.obligation_name,
    summed.component,
    summed.valued_by,
    summed.is_provisional,
    summed.item,
    summed.record_id,
    cast(summed.bill_rate as decimal(18, 6)) as bill_rate,
    summed.lines_count,
    cast({{ ratio('summed.worked_minutes', '60', 2) }} as decimal(18, 2)) as worked_hours,
    summed.currency_code,
    cast(summed.margin_amount as decimal(18, 4)) as margin_amount
from summed
left join {{ ref('dim_obligations') }} as obligations
    on summed.obligation_key = obligations.obligation_key
