-- Grain: one row per project with sold terms: price, cap and fee ceiling in the
-- functional currency of its entity, at the rate of the day service starts.
with

projects as (select * from {{ ref('dim_projects') }})

select
    projects.project_key,
    projects.project_code,
    projects.revenue_method,
    projects.service_start_date,
    projects.service_end_date,
    projects.functional_currency_code as currency_code,
    projects.fee_rate,
    cast({{ translated(
        'projects.price_amount', 'projects.contract_currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as price_amount,
    cast({{ translated(
        'projects.cap_amount', 'projects.contract_currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as cap_amount,
    cast({{ translated(
        'projects.fee_ceiling_amount', 'projects.contract_currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as fee_ceiling_amount
from projects
{{ join_fx_rate(
    'fx_rates', 'projects.contract_currency_code', 'projects.functional_currency_code',
    'projects.service_start_date'
) }}
