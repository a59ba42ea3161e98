-- Grain: one row per posting line of a live ledger transaction, in the books' own
-- currency and in the transaction's. The period is the one it was posted to, not the one
-- its date falls in.
select
    {{ entity_key('gl_entry', [
        'posting_lines.source_instance', 'posting_lines.transaction_id', 'posting_lines.line_id'
    ]) }} as gl_entry_key,
    {{ entity_key('project', ['crosswalk_projects.project_code']) }} as project_key,
    posting_lines.transaction_id,
    posting_lines.line_id,
    headers.external_id,
    headers.period_id,
    headers.entity_id as party_entity_id,
    details.entity_id as line_entity_id,
    details.department_id,
    crosswalk_projects.project_code,
    details.source_line_id,
    headers.transaction_date,
    coalesce(
        {{ month_start('periods.start_date') }},
        {{ month_start('headers.transaction_date') }}
    ) as period_month,
    details.service_month,
    headers.transaction_type,
    headers.transaction_number,
    legal_entities.legal_entity_code,
    gl_accounts.account_number,
    gl_accounts.account_type,
    departments.practice_code,
    legal_entities.currency_code,
    transaction_currencies.currency_code as transaction_currency_code,
    coalesce(details.memo, headers.memo) as memo,
    cast(details.worked_hours as decimal(9, 2)) as worked_hours,
    coalesce(posting_lines.debit_amount, 0) as debit_amount,
    coalesce(posting_lines.credit_amount, 0) as credit_amount,
    cast(
        coalesce(posting_lines.debit_amount, 0)
        - coalesce(posting_lines.credit_amount, 0) as decimal(18, 4)
    ) as net_amount,
    details.foreign_amount as transaction_amount,
    coalesce(headers.external_id like 'TIEOUT-%', false) as is_own_posting,
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('posting_lines') }}
from {{ ref('stg_netsuite__accounting_lines') }} as posting_lines
inner join {{ ref('stg_netsuite__transactions') }} as headers
    on posting_lines.source_instance = headers.source_instance
    and posting_lines.transaction_id = headers.transaction_id
    and not headers.is_deleted
left join {{ ref('stg_netsuite__transaction_lines') }} as details
    on posting_lines.source_instance = details.source_instance
    and posting_lines.transaction_id = details.transaction_id
    and posting_lines.line_id = details.line_id
    and not details.is_deleted
left join {{ ref('stg_netsuite__accounts') }} as gl_accounts
    on posting_lines.source_instance = gl_accounts.source_instance
    and posting_lines.account_id = gl_accounts.account_id
left join {{ ref('stg_netsuite__accounting_periods') }} as periods
    on headers.source_instance = periods.source_instance
    and headers.period_id = periods.period_id
left join {{ ref('dim_legal_entities') }} as legal_entities
    on details.source_instance = legal_entities.source_instance
    and details.subsidiary_id = legal_entities.erp_subsidiary_id
left join {{ ref('stg_netsuite__currencies') }} as transaction_currencies
    on headers.source_instance = transaction_currencies.source_instance
    and headers.currency_id = transaction_currencies.currency_id
left join {{ ref('stg_netsuite__departments') }} as departments
    on details.source_instance = departments.source_instance
    and details.department_id = departments.department_id
left join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on details.source_instance = crosswalk_projects.erp_source_instance
    and details.entity_id = crosswalk_projects.erp_project_id
where posting_lines.is_posting and not posting_lines.is_deleted
