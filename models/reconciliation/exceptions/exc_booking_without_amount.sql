-- Bookings of the ERP with a line that says neither debit nor credit: the line is in no
-- figure, and nobody knows what it would be there.
select
    'booking_without_amount' as kind,
    replace(headers.document_type, '_', ' ') || ' '
    || coalesce(headers.transaction_number, headers.transaction_id)
    || coalesce(' of ' || cast(headers.transaction_date as varchar), '')
    || ' has a line that says no amount' as reason,
    posted.source_system,
    posted.source_instance,
    posted.transaction_id || '|' || posted.line_id as source_id,
    legal_entities.legal_entity_code,
    projects.project_key,
    {{ period_start('periods', 'headers.transaction_date') }} as period_month,
    cast(null as decimal(18, 4)) as amount,
    legal_entities.currency_code,
    coalesce(headers.transaction_date, as_of.as_of_date) as since
from {{ ref('erp_ledger_lines') }} as posted
cross join {{ ref('dim_as_of') }} as as_of
inner join {{ ref('erp_transactions') }} as headers
    on posted.source_instance = headers.source_instance
    and posted.transaction_id = headers.transaction_id
    and not headers.is_deleted
left join {{ ref('dim_legal_entities') }} as legal_entities
    on posted.source_instance = legal_entities.erp_instance
    and posted.entity_id = legal_entities.erp_subsidiary_id
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'erp'
    and posted.source_instance = crosswalk.source_instance
    and posted.project_id = crosswalk.record_id
left join {{ ref('dim_projects') }} as projects
    on crosswalk.project_code = projects.project_code
{{ join_period('periods', 'legal_entities.legal_entity_code', 'headers.transaction_date') }}
where
    posted.is_posting
    and not posted.is_deleted
    and posted.debit_amount is null
    and posted.credit_amount is null
