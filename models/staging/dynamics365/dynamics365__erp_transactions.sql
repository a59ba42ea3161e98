-- Grain: one row per voucher and day. What it has on a customer's or supplier's account says
-- what it is, whom it is with and when that was settled; where it has several lines there,
-- only what they agree in. Which period it was posted to the ledger's entity does not say,
-- so its day does.
with

account_lines as (

    select
        stated.*,
        'customer' as side,
        parties.party_id
    from {{ ref('stg_dynamics365__customer_transactions') }} as stated
    left join {{ ref('stg_dynamics365__customers') }} as parties
        on stated.source_instance = parties.source_instance
        and stated.company_id = parties.company_id
        and stated.account_number = parties.customer_number

    union all

    select
        stated.*,
        'vendor' as side,
        parties.party_id
    from {{ ref('stg_dynamics365__vendor_transactions') }} as stated
    left join {{ ref('stg_dynamics365__vendors') }} as parties
        on stated.source_instance = parties.source_instance
        and stated.company_id = parties.company_id
        and stated.account_number = parties.supplier_number

),

on_accounts as (
    select
        source_instance,
        company_id || '|' || voucher || '|' || cast(transaction_date as varchar)
            as transaction_id,
        case when count(distinct side || transaction_type) = 1 then min(side) end as side,
        case when count(distinct side || transaction_type) = 1 then min(transaction_type) end
            as transaction_type,
        case when count(distinct party_id) = 1 then min(party_id) end as party_id,
        case when count(distinct currency_code) = 1 then min(currency_code) end
            as currency_code,
        case when count(distinct invoice_number) = 1 then min(invoice_number) end
            as invoice_number,
        case when count(*) = count(closed_date) then max(closed_date) end as closed_date,
        max(due_date) as due_date,
        min(transaction_type) in ('Cust', 'Sales', 'Vend', 'Purch', 'Project')
        and count(distinct side || transaction_type) = 1 as is_document,
        sum(amount) as amount
    from account_lines
    where not is_deleted
    group by source_instance, company_id, voucher, transaction_date
),

entries as (select * from {{ ref('stg_dynamics365__ledger_entries') }}),

first_rows as (
    {{ first_of_each(
        'entries', key=['source_instance', 'transaction_id'],
        order=['is_deleted asc nulls last', 'length(entry_id) asc nulls last',
            'entry_id asc nulls last']
    ) }}
),

vouchers as (
    select
        source_instance,
        transaction_id,
        max(document_number) as document_number,
        case when count(distinct currency_code) = 1 then min(currency_code) end
            as currency_code
    from entries
    group by source_instance, transaction_id
)

select
    first_rows.transaction_id,
    vouchers.document_number as external_id,
    cast(null as varchar) as period_id,
    on_accounts.party_id,
    first_rows.accounting_date as transaction_date,
    on_accounts.due_date,
    on_accounts.closed_date,
    case
        when on_accounts.transaction_type = 'Payment' and on_accounts.side = 'customer'
            then 'customer_payment'
        when on_accounts.transaction_type = 'Payment' then 'vendor_payment'
        when on_accounts.side = 'customer' and on_accounts.is_document and on_accounts.amount < 0
            then 'customer_credit'
        when on_accounts.side = 'customer' and on_accounts.is_document then 'customer_invoice'
        when on_accounts.side = 'vendor' and on_accounts.is_document and on_accounts.amount > 0
            then 'vendor_credit'
        when on_accounts.side = 'vendor' and on_accounts.is_document then 'vendor_bill'
        when first_rows.journal_category in ('None', 'GeneralJournal', 'WriteOff') then 'journal'
        else 'other'
    end as document_type,
    coalesce(on_accounts.transaction_type, first_rows.journal_category) as transaction_type,
    coalesce(on_accounts.invoice_number, first_rows.voucher) as transaction_number,
    coalesce(on_accounts.currency_code, vouchers.currency_code) as transaction_currency_code,
    cast(null as varchar) as memo,
    {{ role_lineage('first_rows') }}
from first_rows
inner join vouchers
    on first_rows.source_instance = vouchers.source_instance
    and first_rows.transaction_id = vouchers.transaction_id
left join on_accounts
    on first_rows.source_instance = on_accounts.source_instance
    and first_rows.transaction_id = on_accounts.transaction_id
