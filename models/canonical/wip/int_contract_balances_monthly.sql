-- Grain: one row per project and month: the roll-forward of fct_contract_balances_monthly of
-- what is known now, closed periods too. What is posted, and what rates it takes, goes by it.
{{ contract_balances(ref('int_project_activity_daily'), ref('int_project_months')) }}
