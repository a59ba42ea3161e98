-- Grain: one row per billed invoice (not a draft, not cancelled), in the functional
-- currency of the project's entity at the rate of its date.
with

invoices as (
    select * from {{ ref('fct_invoices') }}
    where is_billed
),

projects as (select * from {{ ref('dim_projects') }})

select
    invoices.invoice_key,
    invoices.invoice_id,
    invoices.source_system,
    invoices.source_instance,
    invoices.erp_external_id,
    invoices.project_key,
    projects.project_code,
    projects.legal_entity_code,
    invoices.invoice_date,
    invoices.period_month,
    projects.contract_currency_code,
    cast({{ translated(
        'invoices.amount', 'invoices.currency_code',
        'projects.contract_currency_code', 'contract_fx.fx_rate'
    ) }} as decimal(18, 4)) as contract_billed_amount,
    projects.functional_currency_code as currency_code,
    cast({{ translated(
        'invoices.amount', 'invoices.currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as billed_amount
from invoices
left join projects on invoices.project_key = projects.project_key
{{ join_fx_rate(
    'fx_rates', 'invoices.currency_code', 'projects.functional_currency_code',
    'invoices.invoice_date'
) }}
{{ join_fx_rate(
    'contract_fx', 'invoices.currency_code', 'projects.contract_currency_code',
    'invoices.invoice_date'
) }}
