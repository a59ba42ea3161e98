-- Grain: one row per billed invoice and project that it bills, in the functional currency
-- of the project's entity at the rate of the invoice's date. What is dated ahead is to come.
with

projects as (select * from {{ ref('dim_projects') }})

select
    invoices.invoice_share_key,
    invoices.invoice_key,
    invoices.invoice_id,
    invoices.credited_invoice_id,
    invoices.source_system,
    invoices.source_instance,
    invoices.erp_external_id,
    invoices.project_key,
    projects.project_code,
    projects.legal_entity_code,
    invoices.invoice_date,
    {{ period_start('periods', 'invoices.invoice_date') }} as period_month,
    projects.contract_currency_code,
    cast({{ translated(
        'invoices.amount', 'invoices.currency_code',
        'projects.contract_currency_code', 'contract_fx.fx_rate'
    ) }} as decimal(18, 4)) as contract_billed_amount,
    projects.functional_currency_code as currency_code,
    cast({{ translated(
        'invoices.amount', 'invoices.currency_code',
        'projects.functional_currency_code', 'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as billed_amount,
    invoices.invoice_date > as_of.as_of_date as is_to_come
from {{ ref('int_invoice_shares') }} as invoices
cross join {{ ref('dim_as_of') }} as as_of
left join projects on invoices.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'invoices.invoice_date') }}
{{ join_fx_rate(
    'fx_rates', 'invoices.currency_code', 'projects.functional_currency_code',
    'invoices.invoice_date'
) }}
{{ join_fx_rate(
    'contract_fx', 'invoices.currency_code', 'projects.contract_currency_code',
    'invoices.invoice_date'
) }}
