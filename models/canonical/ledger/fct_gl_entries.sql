-- Grain: one row per posting line of a live ledger transaction, in the books' own
-- currency and in the transaction's. The period is the one it was posted to, not the one
-- its date falls in; what is in an adjustment period is of the period that it adjusts.
select
    {{ entity_key('gl_entry', [
        'posting_lines.source_instance', 'posting_lines.transaction_id', 'posting_lines.line_id'
    ]) }} as gl_entry_key,
    {{ entity_key('project', ['crosswalk_projects.project_code']) }} as project_key,
    posting_lines.transaction_id,
    posting_lines.line_id,
    headers.external_id,
    headers.period_id,
    headers.party_id as party_entity_id,
    posting_lines.line_party_id as line_entity_id,
    coalesce(posting_lines.takes_project, true) as takes_project,
    posting_lines.dimension_id as department_id,
    crosswalk_projects.project_code,
    posting_lines.booked_line_id as source_line_id,
    headers.transaction_date,
    coalesce(
        periods.period_month,
        {{ period_start('periods_by_date', 'headers.transaction_date') }}
    ) as period_month,
    posting_lines.service_date as service_month,
    headers.document_type,
    headers.transaction_type,
    headers.transaction_number,
    legal_entities.legal_entity_code,
    gl_accounts.account_number,
    gl_accounts.account_class,
    gl_accounts.account_type,
    dimensions.practice_code,
    legal_entities.currency_code,
    headers.transaction_currency_code,
    coalesce(posting_lines.memo, headers.memo) as memo,
    posting_lines.worked_hours,
    coalesce(posting_lines.debit_amount, 0) as debit_amount,
    coalesce(posting_lines.credit_amount, 0) as credit_amount,
    cast(
        coalesce(posting_lines.debit_amount, 0) - coalesce(posting_lines.credit_amount, 0)
        as decimal(18, 4)
    ) as net_amount,
    posting_lines.transaction_amount,
    coalesce(headers.external_id like 'TIEOUT-%', false) as is_own_posting,
    coalesce(periods.is_adjustment, false) as is_adjustment,
    {{ correlation_id('headers', 'transaction') }} as correlation_id,
    {{ source_coordinates('posting_lines') }}
from {{ ref('erp_ledger_lines') }} as posting_lines
inner join {{ ref('erp_transactions') }} as headers
    on posting_lines.source_instance = headers.source_instance
    and posting_lines.transaction_id = headers.transaction_id
    and not headers.is_deleted
left join {{ ref('erp_accounts') }} as gl_accounts
    on posting_lines.source_instance = gl_accounts.source_instance
    and posting_lines.account_id = gl_accounts.account_id
left join {{ ref('dim_legal_entities') }} as legal_entities
    on posting_lines.source_instance = legal_entities.erp_instance
    and posting_lines.entity_id = legal_entities.erp_subsidiary_id
left join {{ ref('dim_fiscal_periods') }} as periods
    on legal_entities.legal_entity_code = periods.legal_entity_code
    and headers.period_id = periods.period_id
{{ join_period(
    'periods_by_date', 'legal_entities.legal_entity_code', 'headers.transaction_date'
) }}
left join {{ ref('erp_dimensions') }} as dimensions
    on posting_lines.source_instance = dimensions.source_instance
    and posting_lines.dimension_id = dimensions.dimension_id
left join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on crosswalk_projects.role = 'erp'
    and posting_lines.source_instance = crosswalk_projects.source_instance
    and posting_lines.project_id = crosswalk_projects.record_id
where
    posting_lines.is_posting
    and not posting_lines.is_deleted
    and coalesce(posting_lines.debit_amount, posting_lines.credit_amount) is not null
