-- Grain: one row per NetSuite transaction.
select
    headers.transaction_id,
    headers.external_id,
    headers.period_id,
    headers.entity_id as party_id,
    headers.transaction_date,
    headers.due_date,
    headers.close_date as closed_date,
    case headers.transaction_type
        when 'CustInvc' then 'customer_invoice'
        when 'CustCred' then 'customer_credit'
        when 'CustPymt' then 'customer_payment'
        when 'CustRfnd' then 'customer_payment'
        when 'CashSale' then 'cash_sale'
        when 'CashRfnd' then 'cash_refund'
        when 'VendBill' then 'vendor_bill'
        when 'VendCred' then 'vendor_credit'
        when 'VendPymt' then 'vendor_payment'
        when 'ExpRept' then 'expense_report'
        when 'Journal' then 'journal'
        else 'other'
    end as document_type,
    headers.transaction_type,
    headers.transaction_number,
    currencies.currency_code as transaction_currency_code,
    headers.memo,
    {{ role_lineage('headers') }}
from {{ ref('stg_netsuite__transactions') }} as headers
left join {{ ref('stg_netsuite__currencies') }} as currencies
    on headers.source_instance = currencies.source_instance
    and headers.currency_id = currencies.currency_id
