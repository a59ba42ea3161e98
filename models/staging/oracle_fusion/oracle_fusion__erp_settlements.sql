-- Grain: one row per application of a receipt or credit memo to an invoice, and per
-- settlement of payables.
select
    'AR-' || applications.source_id as settlement_id,
    'AR-' || applications.transaction_id as transaction_id,
    case
        when applications.application_kind = 'receipt' then 'RC-' || applications.receipt_id
        else 'AR-' || applications.credit_memo_id
    end as settling_transaction_id,
    applications.application_date as settled_date,
    applications.application_amount as settled_amount,
    {{ role_lineage('applications') }}
from {{ ref('stg_oracle_fusion__receivables_applications') }} as applications

union all

select
    'AP-' || settlements.settlement_id as settlement_id,
    settlements.transaction_id,
    settlements.settling_transaction_id,
    settlements.settled_date,
    cast(settlements.settled_amount as decimal(18, 4)) as settled_amount,
    settlements.source_system,
    settlements.source_instance,
    settlements.source_id,
    settlements.source_version,
    settlements.is_gone as is_deleted,
    settlements.source_updated_at,
    settlements.landed_at
from {{ ref('oracle_fusion__int_payables_settlements') }} as settlements
