-- Grain: one row per posted line of a subcontractor's bill or credit on the
-- subcontractor account, in the books' currency. The bill names a supplier; who
-- worked is known only where that supplier's orders on the project name one person.
with

contractors as (
    select
        supplier_number,
        project_key,
        min(resource_key) as resource_key
    from {{ ref('fct_purchase_commitments') }}
    where resource_key is not null
    group by supplier_number, project_key
    having count(distinct resource_key) = 1
),

bill_lines as (
    select *
    from {{ ref('fct_gl_entries') }}
    where
        transaction_type in ('VendBill', 'VendCred')
        and account_number = '{{ var("subcontractor_account") }}'
)

select
    {{ entity_key('vendor_bill', [
        'bill_lines.source_instance', 'bill_lines.transaction_id', 'bill_lines.line_id'
    ]) }} as vendor_bill_key,
    bill_lines.project_key,
    contractors.resource_key,
    bill_lines.transaction_id,
    bill_lines.line_id,
    bill_lines.project_code,
    suppliers.supplier_number,
    coalesce(
        {{ month_start('bill_lines.service_month') }},
        {{ month_start('bill_lines.transaction_date') }}
    ) as service_month,
    bill_lines.transaction_date as bill_date,
    bill_lines.legal_entity_code,
    bill_lines.currency_code,
    bill_lines.net_amount as amount,
    bill_lines.correlation_id,
    {{ source_coordinates('bill_lines') }}
from bill_lines
left join {{ ref('stg_netsuite__vendors') }} as suppliers
    on bill_lines.source_instance = suppliers.source_instance
    and bill_lines.party_entity_id = suppliers.vendor_id
left join contractors
    on suppliers.supplier_number = contractors.supplier_number
    and bill_lines.project_key = contractors.project_key
