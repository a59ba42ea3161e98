-- Grain: one row per discount on a billed invoice: a price concession, which lowers the
-- revenue of the project's first obligation on the invoice's date.
with

items as (
    select
        items.source_system,
        items.source_instance,
        items.source_id,
        items.source_version,
        items.invoice_line_id as invoice_item_id,
        items.line_text as item_text,
        invoices.invoice_id,
        coalesce(
            {{ entity_key('project', ['crosswalk.project_code']) }}, invoices.project_key
        ) as project_key,
        coalesce(crosswalk.project_code, invoices.project_code) as project_code,
        invoices.invoice_date,
        invoices.currency_code,
        -items.net_amount as contract_amount
    from {{ ref('psa_invoice_lines') }} as items
    inner join {{ ref('fct_invoices') }} as invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_id = invoices.invoice_id
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and items.source_instance = crosswalk.source_instance
        and items.project_id = crosswalk.record_id
    where
        items.line_type = 'item'
        and items.net_amount < 0
        and not items.is_deleted
        and invoices.is_billed
)

select
    {{ entity_key('write_down', ['items.source_instance', 'items.source_id']) }}
        as write_down_key,
    obligations.obligation_key,
    items.project_key,
    items.project_code,
    items.invoice_id,
    items.invoice_item_id,
    items.invoice_date as write_down_date,
    items.item_text as reason,
    items.currency_code as contract_currency_code,
    cast(items.contract_amount as decimal(18, 4)) as contract_amount,
    obligations.currency_code,
    cast({{ translated(
        'items.contract_amount', 'items.currency_code', 'obligations.currency_code',
        'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as write_down_amount,
    {{ correlation_id('items', 'invoice_item') }} as correlation_id,
    {{ source_coordinates('items') }}
from items
left join {{ ref('dim_obligations') }} as obligations
    on items.project_key = obligations.project_key
    and obligations.is_first
{{ join_fx_rate(
    'fx_rates', 'items.currency_code', 'obligations.currency_code', 'items.invoice_date'
) }}
