-- Grain: one row per S/4HANA journal entry; a reversed one and what reverses it are two,
-- and both count. Its type is SAP's own of two characters. Customers' and suppliers' items
-- say whom it is with, when it is due and, once all of them are cleared, since when it is
-- settled. Tieout's id is in the header text; where others put theirs, the tenant says.
with

owed as (
    select
        items.source_instance,
        items.entry_id,
        max(coalesce(items.customer_id, items.supplier_id)) as party_id,
        max(items.due_date) as due_date,
        case when count(*) = count(cleared.clearing_date) then max(cleared.clearing_date) end
            as cleared_date
    from {{ ref('stg_s4hana__journal_items') }} as items
    left join {{ ref('stg_s4hana__cleared_items') }} as cleared
        on items.source_instance = cleared.source_instance
        and items.entry_id = cleared.entry_id
        and items.item_id = cleared.item_id
        and not cleared.is_deleted
    where items.account_type in ('D', 'K') and not items.is_deleted
    group by items.source_instance, items.entry_id
),

typed as (
    select
        entries.*,
        case
            when entries.document_type in ('DR', 'RV') then 'customer_invoice'
            when entries.document_type = 'DG' then 'customer_credit'
            when entries.document_type = 'DZ' then 'customer_payment'
            when entries.document_type in ('KR', 'RE', 'KN', 'RN') then 'vendor_bill'
            when entries.document_type = 'KG' then 'vendor_credit'
            when entries.document_type in ('KZ', 'ZP') then 'vendor_payment'
            when entries.document_type = expenses.setting_value then 'expense_report'
            when entries.document_type in ('SA', 'SB') then 'journal'
            else 'other'
        end as contract_type,
        places.setting_value as id_place
    from {{ ref('stg_s4hana__journal_entries') }} as entries
    left join {{ ref('stg_landing__settings') }} as expenses
        on entries.source_instance = expenses.source_instance
        and expenses.setting = 'values.expense_report_type'
    left join {{ ref('stg_landing__settings') }} as places
        on entries.source_instance = places.source_instance
        and places.setting = 'values.external_id'
)

select
    typed.entry_id as transaction_id,
    case
        when typed.id_place = 'reference' and coalesce(typed.header_text, '') not like 'TIEOUT-%'
            then typed.reference
        else typed.header_text
    end as external_id,
    typed.company_code || '|' || typed.fiscal_year || '|' || typed.fiscal_period as period_id,
    owed.party_id,
    typed.posting_date as transaction_date,
    owed.due_date,
    case
        when
            typed.contract_type in (
                'customer_invoice', 'customer_credit', 'vendor_bill', 'vendor_credit'
            )
            then owed.cleared_date
    end as closed_date,
    typed.contract_type as document_type,
    typed.document_type as transaction_type,
    typed.document_number as transaction_number,
    typed.currency_code as transaction_currency_code,
    coalesce(typed.header_text, typed.reference) as memo,
    {{ role_lineage('typed') }}
from typed
left join owed
    on typed.source_instance = owed.source_instance
    and typed.entry_id = owed.entry_id
