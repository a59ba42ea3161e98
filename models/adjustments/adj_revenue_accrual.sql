-- Grain: two rows per project and month that changed its contract asset (revenue earned and
-- not billed, net within the contract, before revaluation): what was earned, which raises
-- it, and what billings and an earlier liability took of that.
with

stacked as (

    select
        legal_entity_code,
        project_code,
        period_month,
        earned_amount as desired_amount,
        1 as source_entry_count
    from {{ ref('int_contract_balance_changes') }}

    union all

    select
        legal_entity_code,
        project_code,
        period_month,
        asset_change_amount - earned_amount as desired_amount,
        0 as source_entry_count
    from {{ ref('int_contract_balance_changes') }}

)

select
    {{ desired_posting('revenue_accrual', sources='source_entry_count') }}
from stacked
