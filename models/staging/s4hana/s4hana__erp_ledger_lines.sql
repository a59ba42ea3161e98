-- Grain: one row per item of an S/4HANA journal entry in the leading ledger. Its amount is
-- debit less credit, its code the side: a negative posting is below nought on its side. An
-- item names any element of a project. Amounts may be told with two decimals whatever
-- their currency has: the tenant says so.
with

told as (
    select
        items.*,
        coalesce(notations.setting_value, 'external') = 'internal' as is_internal
    from {{ ref('stg_s4hana__journal_items') }} as items
    left join {{ ref('stg_landing__settings') }} as notations
        on items.source_instance = notations.source_instance
        and notations.setting = 'values.amounts'
),

items as (
    select
        *,
        case
            when is_internal
                then {{ from_two_decimals('company_amount', 'company_currency_code') }}
            else cast(company_amount as decimal(18, 4))
        end as net_amount,
        case
            when is_internal
                then {{ from_two_decimals('transaction_amount', 'transaction_currency_code') }}
            else cast(transaction_amount as decimal(18, 4))
        end as net_transaction_amount
    from told
),

-- A project that is gone keeps its elements' lines: the contract flags it, not them.
projects as (
    select
        elements.source_instance,
        elements.wbs_element,
        max(projects.project_code) as project_code
    from {{ ref('stg_s4hana__project_elements') }} as elements
    inner join {{ ref('stg_s4hana__projects') }} as projects
        on elements.source_instance = projects.source_instance
        and elements.project_uuid = projects.project_uuid
    group by elements.source_instance, elements.wbs_element
)

select
    items.entry_id as transaction_id,
    items.item_id as line_id,
    items.account_id,
    items.company_code as entity_id,
    projects.project_code as project_id,
    coalesce(projects.project_code, items.wbs_element, items.customer_id, items.supplier_id)
        as line_party_id,
    items.profit_center as dimension_id,
    items.source_line_id as booked_line_id,
    items.service_date,
    items.item_text as memo,
    case when items.unit_code = 'H' then cast(items.quantity as decimal(9, 2)) end
        as worked_hours,
    case when items.debit_credit = 'S' then items.net_amount else 0 end as debit_amount,
    case when items.debit_credit = 'S' then 0 else -items.net_amount end as credit_amount,
    items.net_transaction_amount as transaction_amount,
    cast(null as boolean) as takes_project,
    true as is_posting,
    {{ role_lineage('items') }}
from items
left join projects
    on items.source_instance = projects.source_instance
    and items.wbs_element = projects.wbs_element
