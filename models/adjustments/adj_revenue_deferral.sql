-- Grain: one row per project and month that changed its contract liability: revenue
-- billed and not earned, net within the contract;
-- and one for what others booked of it, taken off.
with

stacked as (

    select
        legal_entity_code,
        project_code,
        period_month,
        liability_change_amount as desired_amount,
        1 as source_entry_count
    from {{ ref('int_contract_balance_changes') }}

    union all

    select
        legal_entity_code,
        project_code,
        period_month,
        -booked_amount as desired_amount,
        0 as source_entry_count
    from {{ ref('int_accruals_by_others') }}
    where kind = 'revenue_deferral'

)

select
    {{ desired_posting('revenue_deferral', sources='source_entry_count') }}
from stacked
