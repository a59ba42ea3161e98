-- Grain: one row per document or journal of Oracle Fusion, and per document of another
-- subledger that was accounted for, of which nothing but its lines is known. The period is
-- the one its lines are in, in the books of the company that they name.
with

accounted as (
    select
        source_instance,
        transaction_id,
        min(ledger_id) as ledger_id,
        min(period_name) as period_name,
        min(legal_entity_id) as legal_entity_id,
        min(document_code) as document_code,
        min(accounting_date) as accounting_date,
        min(currency_code) as currency_code,
        min(source_system) as source_system,
        min(source_id) as source_id,
        max(source_version) as source_version,
        bool_and(is_deleted) as is_deleted,
        max(source_updated_at) as source_updated_at,
        max(landed_at) as landed_at
    from {{ ref('oracle_fusion__int_lines') }}
    group by source_instance, transaction_id
),

parties as (

    select
        source_instance,
        'customer' as party_type,
        customer_number as party_number,
        min(customer_id) as party_id
    from {{ ref('stg_oracle_fusion__customers') }}
    where not is_deleted
    group by source_instance, customer_number

    union all

    select
        source_instance,
        'supplier' as party_type,
        supplier_number as party_number,
        min(supplier_id) as party_id
    from {{ ref('stg_oracle_fusion__suppliers') }}
    where not is_deleted
    group by source_instance, supplier_number

)

select
    coalesce(heads.transaction_id, accounted.transaction_id) as transaction_id,
    heads.external_id,
    accounted.ledger_id || '|' || accounted.period_name || '|' || accounted.legal_entity_id
        as period_id,
    parties.party_id,
    coalesce(heads.transaction_date, accounted.accounting_date) as transaction_date,
    heads.due_date,
    cast(null as date) as closed_date,
    coalesce(heads.document_type, 'other') as document_type,
    coalesce(heads.transaction_type, accounted.document_code) as transaction_type,
    heads.transaction_number,
    coalesce(heads.currency_code, accounted.currency_code) as transaction_currency_code,
    heads.memo,
    coalesce(heads.source_system, accounted.source_system) as source_system,
    coalesce(heads.source_instance, accounted.source_instance) as source_instance,
    coalesce(heads.source_id, accounted.source_id) as source_id,
    coalesce(heads.source_version, accounted.source_version) as source_version,
    coalesce(heads.is_deleted, accounted.is_deleted) as is_deleted,
    coalesce(heads.source_updated_at, accounted.source_updated_at) as source_updated_at,
    coalesce(heads.landed_at, accounted.landed_at) as landed_at
from {{ ref('oracle_fusion__int_heads') }} as heads
full outer join accounted
    on heads.source_instance = accounted.source_instance
    and heads.transaction_id = accounted.transaction_id
left join parties
    on heads.source_instance = parties.source_instance
    and heads.party_type = parties.party_type
    and heads.party_number = parties.party_number
