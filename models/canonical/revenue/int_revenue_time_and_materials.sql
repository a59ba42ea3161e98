-- Grain: one row per approved billable entry of a time and materials obligation: it earns
-- its own value on its own day.
with

obligations as (
    select obligation_key
    from {{ ref('dim_obligations') }}
    where revenue_method = 'time_and_materials'
)

select
    time_values.obligation_key,
    time_values.work_date as revenue_date,
    'time_entry:' || time_values.time_entry_id as source_id,
    time_values.time_entry_key as source_key,
    time_values.contract_billable_amount as contract_amount,
    time_values.billable_value_amount as recognised_amount
from {{ ref('fct_time_values') }} as time_values
inner join obligations on time_values.obligation_key = obligations.obligation_key
where time_values.contract_billable_amount != 0
