-- Grain: one row per project and month: opening + earned - written off - billed + FX =
-- closing, net within the contract. The balance is kept in contract currency. In
-- functional currency an asset (unbilled receivable) is valued at the closing rate, or as
-- its method says, where the entity's policy calls it monetary, else at what its earnings
-- were booked at on average; a liability (deferred revenue) at what its billings were. What
-- credits alone made an asset is worth what they were booked at, and what corrections of
-- earnings alone made a liability what these were.
-- FX is what that valuation changes: the revaluation of a monetary asset
-- (fct_fx_revaluations takes it from here) and what rates made of what was billed.
-- Closed periods are as they were published.
{{ contract_balances(
    ref('fct_project_activity_daily'), ref('int_project_periods'),
    kept=ref('int_closed_positions')
) }}
