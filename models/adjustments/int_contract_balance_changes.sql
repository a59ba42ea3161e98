-- Grain: one row per project and month: by how much its contract asset and its contract
-- liability changed, at the rates they were booked at (IFRS 15.105: net per contract).
with

balances as (
    select
        contract_balances.*,
        projects.legal_entity_code,
        lag(contract_balances.booked_amount, 1, 0) over (
            partition by contract_balances.project_key
            order by contract_balances.period_month nulls last
        ) as opening_booked_amount
    from {{ ref('int_contract_balances_monthly') }} as contract_balances
    inner join {{ ref('dim_projects') }} as projects
        on contract_balances.project_key = projects.project_key
)

select
    legal_entity_code,
    project_code,
    period_month,
    currency_code,
    cast(earned_amount - written_off_amount as decimal(18, 4)) as earned_amount,
    billed_amount,
    cast(
        greatest(booked_amount, 0) - greatest(opening_booked_amount, 0) as decimal(18, 4)
    ) as asset_change_amount,
    cast(
        greatest(-booked_amount, 0) - greatest(-opening_booked_amount, 0)
        as decimal(18, 4)
    ) as liability_change_amount
from balances
