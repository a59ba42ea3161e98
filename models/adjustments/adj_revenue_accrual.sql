-- Grain: one row per project and month that changed its contract asset: revenue earned
-- and not billed, net within the contract, before revaluation.
select
    {{ desired_posting('revenue_accrual', amount='asset_change_amount') }}
from {{ ref('int_contract_balance_changes') }}
