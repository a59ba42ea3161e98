-- Grain: one row per line of a journal of the general ledger, or of what a subledger
-- accounted for, with its combination taken apart. What is accounted for is final; a
-- journal counts when its batch is posted. A document is named by which it is and its id.
with

stacked as (

    select
        'GL-' || journals.batch_id || '-' || journals.journal_name as transaction_id,
        journal_lines.line_number as line_id,
        cast(null as varchar) as document_code,
        ledgers.ledger_id,
        journals.period_name,
        journals.journal_date as accounting_date,
        journals.currency_code,
        journal_lines.account_combination,
        journal_lines.debit_amount,
        journal_lines.credit_amount,
        journal_lines.transaction_amount,
        journal_lines.worked_hours,
        journal_lines.memo,
        cast(null as varchar) as project_cost_id,
        journal_lines.source_reference,
        cast(null as date) as service_date,
        coalesce(journals.batch_status = 'P', false) as is_posting,
        {{ role_lineage('journal_lines') }}
    from {{ ref('stg_oracle_fusion__journal_lines') }} as journal_lines
    left join {{ ref('stg_oracle_fusion__journals') }} as journals
        on journal_lines.source_instance = journals.source_instance
        and journal_lines.batch_id = journals.batch_id
        and journal_lines.journal_name = journals.journal_name
    left join {{ ref('stg_oracle_fusion__ledgers') }} as ledgers
        on journals.source_instance = ledgers.source_instance
        and journals.ledger_name = ledgers.ledger_name

    union all

    select
        case accounted.document_code
            when 'TRANSACTIONS' then 'AR'
            when 'RECEIPTS' then 'RC'
            when 'AP_INVOICES' then 'AP'
            when 'AP_PAYMENTS' then 'PY'
            else accounted.application_id || '-' || accounted.document_code
        end || '-' || accounted.document_id as transaction_id,
        accounted.header_id || '-' || accounted.line_number as line_id,
        accounted.document_code,
        accounted.ledger_id,
        accounted.period_name,
        accounted.accounting_date,
        accounted.currency_code,
        accounted.account_combination,
        accounted.debit_amount,
        accounted.credit_amount,
        accounted.transaction_amount,
        cast(null as decimal(9, 2)) as worked_hours,
        accounted.memo,
        accounted.project_cost_id,
        accounted.source_reference,
        accounted.service_date,
        true as is_posting,
        {{ role_lineage('accounted') }}
    from {{ ref('stg_oracle_fusion__accounting_lines') }} as accounted

),

apart as (
    select
        stacked.*,
        split_part(
            stacked.account_combination, charts.delimiter_text, charts.account_segment
        ) as account_number,
        split_part(
            stacked.account_combination, charts.delimiter_text, charts.company_segment
        ) as company_code,
        nullif(split_part(
            stacked.account_combination, charts.delimiter_text, charts.cost_centre_segment
        ), charts.no_cost_centre_text) as cost_centre,
        case
            when charts.project_segment > 0
                then nullif(split_part(
                    stacked.account_combination,
                    charts.delimiter_text,
                    charts.project_segment
                ), charts.no_project_text)
        end as project_number,
        charts.project_segment > 0 as takes_project
    from stacked
    left join {{ ref('oracle_fusion__int_charts') }} as charts
        on stacked.source_instance = charts.source_instance
)

select
    apart.*,
    entities.legal_entity_id
from apart
left join {{ ref('stg_oracle_fusion__legal_entities') }} as entities
    on apart.source_instance = entities.source_instance
    and apart.company_code = entities.legal_entity_code
