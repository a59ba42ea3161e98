-- Grain: one row per posted line of a subcontractor's bill or credit on an entity's
-- account for them, in the books' currency and in its own. The bill names a supplier. Who
-- worked, and on what when the line is not coded, is known from the order its memo names,
-- else from that supplier's orders on the project where they name one person only. A bill
-- for goods names their order and is for nobody's hours. It was booked on its day, or on
-- the nearest one of the period that it was posted to.
with

-- An order that was made again under its number stands in place of the one that is gone.
numbered as (
    select
        *,
        min(case when is_deleted then 1 else 0 end) over (
            partition by supplier_number, po_number
        ) = 1 as is_all_deleted
    from {{ ref('fct_purchase_commitments') }}
    where project_key is not null
),

goods as (
    select
        supplier_number,
        po_number,
        min_by(commitment_key, po_line_id || ' ' || source_instance) as commitment_key,
        min(project_key) as project_key,
        min(project_code) as project_code
    from numbered
    where is_deleted = is_all_deleted
    group by supplier_number, po_number
    having count(distinct project_key) = 1 and not bool_or(is_hours)
),

orders as (
    select
        supplier_number,
        po_number,
        case when count(distinct project_key) = 1 then min(project_key) end as project_key,
        case when count(distinct project_key) = 1 then min(project_code) end as project_code,
        case when count(distinct resource_key) = 1 then min(resource_key) end as resource_key
    from {{ ref('fct_purchase_commitments') }}
    where resource_key is not null and project_key is not null
    group by supplier_number, po_number
),

ordered_projects as (
    select
        supplier_number,
        po_number,
        project_key,
        case when count(distinct resource_key) = 1 then min(resource_key) end as resource_key
    from {{ ref('fct_purchase_commitments') }}
    where resource_key is not null and project_key is not null
    group by supplier_number, po_number, project_key
),

contractors as (
    select
        supplier_number,
        project_key,
        case when count(distinct resource_key) = 1 then min(resource_key) end as resource_key
    from {{ ref('fct_purchase_commitments') }}
    where resource_key is not null and project_key is not null
    group by supplier_number, project_key
),

bill_lines as (
    select gl_entries.*
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_account_purposes') }} as purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'subcontractors'
    where gl_entries.document_type in ('vendor_bill', 'vendor_credit')
)

select
    {{ entity_key('vendor_bill', [
        'bill_lines.source_instance', 'bill_lines.transaction_id', 'bill_lines.line_id'
    ]) }} as vendor_bill_key,
    goods.commitment_key,
    coalesce(bill_lines.project_key, orders.project_key, goods.project_key)
        as project_key,
    case
        when goods.commitment_key is null
            then coalesce(
                ordered_projects.resource_key, orders.resource_key, contractors.resource_key
            )
    end as resource_key,
    bill_lines.transaction_id,
    bill_lines.line_id,
    coalesce(bill_lines.project_code, orders.project_code, goods.project_code)
        as project_code,
    suppliers.supplier_number,
    coalesce(ordered_projects.po_number, orders.po_number, goods.po_number) as po_number,
    {{ month_start('bill_lines.service_month') }} as service_month,
    bill_lines.transaction_date as bill_date,
    least(
        greatest(bill_lines.transaction_date, bill_lines.period_month),
        {{ period_end('periods', 'bill_lines.period_month') }}
    ) as booked_date,
    bill_lines.period_month,
    bill_lines.legal_entity_code,
    bill_lines.currency_code,
    bill_lines.net_amount as amount,
    case
        when bill_lines.transaction_amount is null then bill_lines.currency_code
        else bill_lines.transaction_currency_code
    end as stated_currency_code,
    coalesce(bill_lines.transaction_amount, bill_lines.net_amount) as stated_amount,
    goods.commitment_key is not null as is_goods,
    goods.commitment_key is null
    and (orders.po_number is not null or contractors.supplier_number is not null)
        as is_hours,
    bill_lines.correlation_id,
    {{ source_coordinates('bill_lines') }}
from bill_lines
left join {{ ref('erp_suppliers') }} as suppliers
    on bill_lines.source_instance = suppliers.source_instance
    and bill_lines.party_entity_id = suppliers.supplier_id
left join orders
    on suppliers.supplier_number = orders.supplier_number
    and upper(trim(bill_lines.memo)) = upper(orders.po_number)
left join goods
    on suppliers.supplier_number = goods.supplier_number
    and upper(trim(bill_lines.memo)) = upper(goods.po_number)
left join ordered_projects
    on orders.supplier_number = ordered_projects.supplier_number
    and orders.po_number = ordered_projects.po_number
    and coalesce(bill_lines.project_key, orders.project_key) = ordered_projects.project_key
left join contractors
    on suppliers.supplier_number = contractors.supplier_number
    and coalesce(bill_lines.project_key, orders.project_key) = contractors.project_key
{{ join_period('periods', 'bill_lines.legal_entity_code', 'bill_lines.period_month') }}
