-- Grain: two rows per project and month that changed its contract liability (revenue billed
-- and not earned, net within the contract): what was billed, which raises it, and what was
-- earned of that or settled an earlier asset.
with

stacked as (

    select
        legal_entity_code,
        project_code,
        period_month,
        billed_amount as desired_amount,
        1 as source_entry_count
    from {{ ref('int_contract_balance_changes') }}

    union all

    select
        legal_entity_code,
        project_code,
        period_month,
        liability_change_amount - billed_amount as desired_amount,
        0 as source_entry_count
    from {{ ref('int_contract_balance_changes') }}

)

select
    {{ desired_posting('revenue_deferral', sources='source_entry_count') }}
from stacked
