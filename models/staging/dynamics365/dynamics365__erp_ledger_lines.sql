-- Grain: one row per entry of the ledger. A negative debit, as of a correction, is told as
-- a credit. A project is the company's own, else the only one of that number: people work
-- and travel for other companies' projects. A quantity on a project's line is hours;
-- elsewhere nobody knows what it is. What is in another layer than the current one is for
-- reports or tax alone.
with

numbered as (
    select
        source_instance,
        project_code,
        min(project_id) as project_id
    from {{ ref('stg_dynamics365__projects') }}
    where not is_deleted
    group by source_instance, project_code
    having count(*) = 1
),

coded as (
    select
        entries.*,
        ledgers.chart_of_accounts || '|' || entries.account_number as account_id,
        coalesce(projects.project_id, numbered.project_id) as project_id
    from {{ ref('stg_dynamics365__ledger_entries') }} as entries
    left join {{ ref('stg_dynamics365__ledgers') }} as ledgers
        on entries.source_instance = ledgers.source_instance
        and entries.company_id = ledgers.company_id
    left join {{ ref('stg_dynamics365__projects') }} as projects
        on entries.source_instance = projects.source_instance
        and entries.company_id = projects.company_id
        and entries.project_number = projects.project_code
    left join numbered
        on entries.source_instance = numbered.source_instance
        and entries.project_number = numbered.project_code
)

select
    coded.transaction_id,
    coded.entry_id as line_id,
    coded.account_id,
    coded.company_id as entity_id,
    coded.project_id,
    coalesce(coded.project_id, coded.project_number) as line_party_id,
    coded.department as dimension_id,
    coded.source_line_id as booked_line_id,
    coded.service_month as service_date,
    coded.description as memo,
    case
        when coded.project_number is not null and coded.quantity != 0
            then cast(coded.quantity as decimal(9, 2))
    end as worked_hours,
    cast(greatest(coded.amount, 0) as decimal(18, 4)) as debit_amount,
    cast(greatest(-coded.amount, 0) as decimal(18, 4)) as credit_amount,
    coded.transaction_amount,
    true as takes_project,
    coalesce(coded.posting_layer = 'Current', false) as is_posting,
    {{ role_lineage('coded') }}
from coded
