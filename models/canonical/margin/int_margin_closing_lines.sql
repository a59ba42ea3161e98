-- Grain: two rows per project, closed period of which something was learned later, period
-- that took it and component of margin: what the closed period's records come to beyond what
-- was published of it is taken off it, and stands in the period that took it; while none is
-- open, it is only taken off. What moved says what it comes of; which records, a bridge.
with

components as (

    select 'revenue' as component
    union all
    select 'write_down' as component
    union all
    select 'labour' as component
    union all
    select 'subcontractor' as component
    union all
    select 'expense' as component
    union all
    select 'deferred_cost' as component
    union all
    select 'loss_provision' as component

),

taken as (
    select
        *,
        activity_date as taken_date,
        period_month as taker_month
    from {{ ref('fct_project_activity_daily') }}
    where closed_period_month is not null
),

waiting as (
    {{ waiting_differences() }}
),

stacked as (

    select
        project_key,
        closed_period_month,
        taken_date,
        taker_month,
        currency_code,
        {{ told_of() }}
    from taken

    union all

    select
        project_key,
        closed_period_month,
        cast(null as date) as taken_date,
        cast(null as date) as taker_month,
        currency_code,
        {{ told_of() }}
    from waiting

),

told as (
    select
        stacked.project_key,
        stacked.closed_period_month,
        stacked.taken_date,
        stacked.taker_month,
        stacked.currency_code,
        components.component,
        {{ what_moved('stacked') }} as cause,
        case components.component
            when 'revenue' then stacked.recognised_amount + stacked.write_down_amount
            when 'write_down' then -stacked.write_down_amount
            when 'labour' then stacked.labour_cost_amount
            when 'subcontractor' then stacked.subcontractor_amount
            when 'expense' then stacked.expense_amount
            when 'deferred_cost' then -stacked.deferred_cost_amount
            when 'loss_provision' then stacked.loss_provision_amount
        end as amount
    from stacked
    cross join components
),

paired as (

    select
        *,
        taken_date as line_date,
        taker_month as period_month,
        'learned_of_closed' as valued_by,
        'of ' || cast(closed_period_month as varchar) || ': ' || cause as item,
        amount as line_amount
    from told
    where taker_month is not null

    union all

    select
        *,
        closed_period_month as line_date,
        closed_period_month as period_month,
        'learned_after_closing' as valued_by,
        coalesce('counted in ' || cast(taker_month as varchar), 'waiting for an open period')
        || ': ' || cause as item,
        -amount as line_amount
    from told

)

select
    'closing|' || project_key || '|' || cast(closed_period_month as varchar) || '|'
    || coalesce(cast(taker_month as varchar), '') || '|' || valued_by || '|' || component
        as line_key,
    cast(null as varchar) as obligation_key,
    project_key,
    line_date,
    period_month,
    component,
    valued_by,
    false as is_provisional,
    'period:' || cast(closed_period_month as varchar) as correlation_id,
    cast(null as bigint) as source_version,
    item,
    cast(null as bigint) as worked_minutes,
    cast(null as decimal(18, 6)) as unit_rate,
    cast(null as decimal(18, 6)) as rate_factor,
    cast(null as decimal(18, 4)) as payroll_amount,
    cast(line_amount as decimal(18, 4)) as stated_amount,
    currency_code as stated_currency_code,
    cast(line_amount as decimal(18, 4)) as amount,
    currency_code
from paired
where line_amount != 0
