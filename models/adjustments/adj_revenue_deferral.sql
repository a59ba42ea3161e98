-- Grain: one row per project and month that changed its contract liability: revenue
-- billed and not earned, net within the contract.
select
    {{ desired_posting('revenue_deferral', amount='liability_change_amount') }}
from {{ ref('int_contract_balance_changes') }}
