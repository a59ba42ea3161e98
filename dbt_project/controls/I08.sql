{{ config(tags=['control'], severity='error', meta={'control_id': 'I08'}) }}
-- Currencies that no legal entity keeps its books in and the ERP has no rate for: what
-- is stated in them cannot be valued. And those that ISO 4217 does not list: nobody says
-- how many decimals an amount in them has.
with

known as (
    select currency_code from {{ ref('dim_legal_entities') }}

    union distinct

    select from_currency_code as currency_code from {{ ref('dim_fx_rates') }}
),

used as (
    select
        currency_code,
        'expense ' || expense_line_id as record
    from {{ ref('fct_expenses') }}

    union all

    select
        currency_code,
        'invoice ' || invoice_id as record
    from {{ ref('fct_invoices') }}

    union all

    select
        currency_code,
        'purchase order ' || po_number as record
    from {{ ref('fct_purchase_commitments') }}

    union all

    select
        contract_currency_code as currency_code,
        'project ' || project_code as record
    from {{ ref('dim_projects') }}

    union all

    select
        currency_code,
        'payroll run ' || payroll_run_id as record
    from {{ ref('fct_payroll_costs') }}

    union all

    select
        currency_code,
        'legal entity ' || legal_entity_code as record
    from {{ ref('dim_legal_entities') }}
)

select
    used.currency_code,
    count(*) as records_count,
    used.currency_code || ' in ' || min(used.record)
    || case when iso.currency_code is null then ': not in ISO 4217' else '' end as message
from used
left join known on used.currency_code = known.currency_code
left join {{ ref('currencies') }} as iso on used.currency_code = iso.currency_code
where
    used.currency_code is not null
    and (known.currency_code is null or iso.currency_code is null)
group by used.currency_code, iso.currency_code
