-- Grain: one row per posting line of a live ledger transaction, in the books' own
-- currency. The period is the one it was posted to, not the one its date falls in.
select
    {{ entity_key('gl_entry', [
        'lines.source_instance', 'lines.transaction_id', 'lines.line_id'
    ]) }} as gl_entry_key,
    {{ entity_key('project', ['crosswalk_projects.project_code']) }} as project_key,
    lines.transaction_id,
    lines.line_id,
    transactions.external_id,
    transactions.period_id,
    transactions.entity_id as party_entity_id,
    crosswalk_projects.project_code,
    details.source_line_id,
    transactions.transaction_date,
    coalesce(
        {{ month_start('periods.start_date') }},
        {{ month_start('transactions.transaction_date') }}
    ) as period_month,
    details.service_month,
    transactions.transaction_type,
    transactions.transaction_number,
    legal_entities.legal_entity_code,
    accounts.account_number,
    accounts.account_type,
    departments.practice_code,
    legal_entities.currency_code,
    coalesce(details.memo, transactions.memo) as memo,
    cast(details.worked_hours as decimal(9, 2)) as worked_hours,
    coalesce(lines.debit_amount, 0) as debit_amount,
    coalesce(lines.credit_amount, 0) as credit_amount,
    cast(
        coalesce(lines.debit_amount, 0) - coalesce(lines.credit_amount, 0) as decimal(18, 4)
    ) as net_amount,
    coalesce(transactions.external_id like 'TIEOUT-%', false) as is_own_posting,
    {{ correlation_id('transactions', 'transaction') }} as correlation_id,
    {{ source_coordinates('lines') }}
from {{ ref('stg_netsuite__accounting_lines') }} as lines
inner join {{ ref('stg_netsuite__transactions') }} as transactions
    on lines.source_instance = transactions.source_instance
    and lines.transaction_id = transactions.transaction_id
    and not transactions.is_deleted
left join {{ ref('stg_netsuite__transaction_lines') }} as details
    on lines.source_instance = details.source_instance
    and lines.transaction_id = details.transaction_id
    and lines.line_id = details.line_id
    and not details.is_deleted
left join {{ ref('stg_netsuite__accounts') }} as accounts
    on lines.source_instance = accounts.source_instance
    and lines.account_id = accounts.account_id
left join {{ ref('stg_netsuite__accounting_periods') }} as periods
    on transactions.source_instance = periods.source_instance
    and transactions.period_id = periods.period_id
left join {{ ref('dim_legal_entities') }} as legal_entities
    on details.source_instance = legal_entities.source_instance
    and details.subsidiary_id = legal_entities.erp_subsidiary_id
left join {{ ref('stg_netsuite__departments') }} as departments
    on details.source_instance = departments.source_instance
    and details.department_id = departments.department_id
left join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on details.source_instance = crosswalk_projects.erp_source_instance
    and details.entity_id = crosswalk_projects.erp_project_id
where lines.is_posting and not lines.is_deleted
