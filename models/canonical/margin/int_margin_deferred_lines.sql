{{ config(materialized='view') }}
-- Grain: one row per obligation and month in which cost was put off until the customer
-- accepts, which lowers cost, or became cost when they did or the price did not cover it.
select
    'deferred_cost|' || put_off.obligation_key || '|'
    || cast(put_off.period_month as varchar) as line_key,
    put_off.obligation_key,
    put_off.project_key,
    put_off.measured_to_date as line_date,
    put_off.period_month,
    cast('deferred_cost' as varchar) as component,
    case when put_off.deferred_amount > 0 then 'put_off' else 'no_longer_put_off' end
        as valued_by,
    false as is_provisional,
    obligations.correlation_id,
    cast(null as bigint) as source_version,
    obligations.obligation_name as item,
    cast(null as bigint) as worked_minutes,
    cast(null as decimal(18, 6)) as unit_rate,
    cast(null as decimal(18, 6)) as rate_factor,
    cast(null as decimal(18, 4)) as payroll_amount,
    cast(-put_off.deferred_amount as decimal(18, 4)) as stated_amount,
    put_off.currency_code as stated_currency_code,
    cast(-put_off.deferred_amount as decimal(18, 4)) as amount,
    put_off.currency_code
from {{ ref('fct_deferred_costs') }} as put_off
inner join {{ ref('dim_obligations') }} as obligations
    on put_off.obligation_key = obligations.obligation_key
where put_off.deferred_amount != 0
