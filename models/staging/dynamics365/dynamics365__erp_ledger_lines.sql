-- Grain: one row per entry of the ledger. A negative debit, as of a correction, is told as
-- a credit. A quantity on a project's line is hours; elsewhere nobody knows what it is.
-- What is in another layer than the current one is for reports or tax alone.
select
    entries.transaction_id,
    entries.entry_id as line_id,
    ledgers.chart_of_accounts || '|' || entries.account_number as account_id,
    entries.company_id as entity_id,
    entries.project_id,
    entries.project_id as line_party_id,
    entries.department as dimension_id,
    entries.source_line_id as booked_line_id,
    entries.service_month as service_date,
    entries.description as memo,
    case
        when entries.project_id is not null and entries.quantity != 0
            then cast(entries.quantity as decimal(9, 2))
    end as worked_hours,
    cast(greatest(entries.amount, 0) as decimal(18, 4)) as debit_amount,
    cast(greatest(-entries.amount, 0) as decimal(18, 4)) as credit_amount,
    entries.transaction_amount,
    true as takes_project,
    coalesce(entries.posting_layer = 'Current', false) as is_posting,
    {{ role_lineage('entries') }}
from {{ ref('stg_dynamics365__ledger_entries') }} as entries
left join {{ ref('stg_dynamics365__ledgers') }} as ledgers
    on entries.source_instance = ledgers.source_instance
    and entries.company_id = ledgers.company_id
