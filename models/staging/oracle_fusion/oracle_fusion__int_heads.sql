-- Grain: one row per document of receivables or payables, or journal, in the words of each.
-- A credit memo is of the same ids as invoices to customers. Oracle states no day on which
-- a document was settled in full: its settlements do.
with

dues as (
    select
        source_instance,
        invoice_id,
        max(due_date) as due_date
    from {{ ref('stg_oracle_fusion__payables_installments') }}
    where not is_deleted
    group by source_instance, invoice_id
)

select
    'AR-' || documents.invoice_id as transaction_id,
    documents.external_id,
    documents.customer_number as party_number,
    'customer' as party_type,
    documents.invoice_date as transaction_date,
    documents.due_date,
    'customer_invoice' as document_type,
    documents.transaction_type,
    documents.invoice_number as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__receivables_invoices') }} as documents

union all

select
    'AR-' || documents.credit_memo_id as transaction_id,
    documents.external_id,
    documents.customer_number as party_number,
    'customer' as party_type,
    documents.credit_memo_date as transaction_date,
    cast(null as date) as due_date,
    'customer_credit' as document_type,
    documents.transaction_type,
    documents.credit_memo_number as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__receivables_credit_memos') }} as documents

union all

select
    'RC-' || documents.receipt_id as transaction_id,
    cast(null as varchar) as external_id,
    documents.customer_number as party_number,
    'customer' as party_type,
    documents.receipt_date as transaction_date,
    cast(null as date) as due_date,
    'customer_payment' as document_type,
    documents.receipt_method as transaction_type,
    documents.receipt_number as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__receipts') }} as documents

union all

select
    'AP-' || documents.invoice_id as transaction_id,
    documents.external_id,
    documents.supplier_number as party_number,
    'supplier' as party_type,
    documents.invoice_date as transaction_date,
    dues.due_date,
    case lower(documents.invoice_type)
        when 'standard' then 'vendor_bill'
        when 'mixed' then 'vendor_bill'
        when 'credit memo' then 'vendor_credit'
        when 'debit memo' then 'vendor_credit'
        when 'expense report' then 'expense_report'
        else 'other'
    end as document_type,
    documents.invoice_type as transaction_type,
    documents.invoice_number as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__payables_invoices') }} as documents
left join dues
    on documents.source_instance = dues.source_instance
    and documents.invoice_id = dues.invoice_id

union all

select
    'PY-' || documents.payment_id as transaction_id,
    cast(null as varchar) as external_id,
    documents.supplier_number as party_number,
    'supplier' as party_type,
    documents.payment_date as transaction_date,
    cast(null as date) as due_date,
    'vendor_payment' as document_type,
    documents.payment_status as transaction_type,
    documents.payment_number as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__payables_payments') }} as documents

union all

select
    'GL-' || documents.batch_id || '-' || documents.journal_name as transaction_id,
    documents.external_id,
    cast(null as varchar) as party_number,
    cast(null as varchar) as party_type,
    documents.journal_date as transaction_date,
    cast(null as date) as due_date,
    'journal' as document_type,
    documents.journal_category as transaction_type,
    documents.batch_name as transaction_number,
    documents.currency_code,
    documents.memo,
    {{ role_lineage('documents') }}
from {{ ref('stg_oracle_fusion__journals') }} as documents
