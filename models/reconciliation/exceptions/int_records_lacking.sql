-- Grain: one row per record that would count, and does not say on which day or how much: it
-- counts nowhere. Milestones may have their task's day, bookings of the ERP their period's.
with

stacked as (

    select
        'expense' as what,
        'expense ' || expense_line_id as named,
        source_system,
        source_instance,
        expense_line_id as source_id,
        legal_entity_code,
        project_key,
        expense_date as record_date,
        amount,
        currency_code
    from {{ ref('fct_expenses') }}
    where approval_status = 'approved'

    union all

    select
        'receipt' as what,
        'receipt ' || receipts.receipt_id as named,
        receipts.source_system,
        receipts.source_instance,
        receipts.source_id,
        cast(null as varchar) as legal_entity_code,
        receipts.project_key,
        receipts.receipt_date as record_date,
        receipts.amount,
        receipts.currency_code
    from {{ ref('fct_receipts') }} as receipts
    left join {{ ref('fct_purchase_commitments') }} as orders
        on receipts.commitment_key = orders.commitment_key
    where not coalesce(orders.is_hours, false)

    union all

    select
        'invoice' as what,
        'invoice ' || coalesce(invoice_number, invoice_id) as named,
        source_system,
        source_instance,
        invoice_id as source_id,
        cast(null as varchar) as legal_entity_code,
        project_key,
        invoice_date as record_date,
        amount,
        currency_code
    from {{ ref('fct_invoices') }}
    where is_issued

    union all

    select
        'milestone' as what,
        'milestone ' || coalesce(milestone_title, milestone_id) as named,
        source_system,
        source_instance,
        milestone_id as source_id,
        cast(null as varchar) as legal_entity_code,
        project_key,
        coalesce(accepted_date, due_date) as record_date,
        amount,
        currency_code
    from {{ ref('dim_milestones') }}
    where task_key is null or accepted_date is not null or due_date is not null

),

lacking as (

    select
        case
            when record_date is null then what || '_without_day'
            else what || '_without_amount'
        end as kind,
        named,
        source_system,
        source_instance,
        source_id,
        legal_entity_code,
        project_key,
        record_date,
        case when record_date is null then 'says no day' else 'says no amount' end as lack,
        amount,
        currency_code
    from stacked
    where record_date is null or amount is null

    union all

    select
        'time_without_day' as kind,
        'entry ' || time_entry_id || ' of ' || cast(worked_hours as varchar) || ' h' as named,
        source_system,
        source_instance,
        time_entry_id as source_id,
        home_legal_entity_code as legal_entity_code,
        project_key,
        work_date as record_date,
        'says no day' as lack,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as currency_code
    from {{ ref('fct_time_entries') }}
    where work_date is null and approval_status = 'approved'

    union all

    select
        'booking_without_day' as kind,
        replace(document_type, '_', ' ') || ' '
        || coalesce(max(transaction_number), transaction_id) as named,
        source_system,
        source_instance,
        transaction_id as source_id,
        legal_entity_code,
        case when count(distinct project_key) = 1 then min(project_key) end as project_key,
        cast(null as date) as record_date,
        'says no day and no period' as lack,
        sum(greatest(net_amount, 0)) as amount,
        currency_code
    from {{ ref('fct_gl_entries') }}
    where period_month is null
    group by
        document_type, source_system, source_instance, transaction_id, legal_entity_code,
        currency_code

    union all

    select
        'settlement_without_day' as kind,
        'settlement ' || said.settlement_id as named,
        said.source_system,
        said.source_instance,
        said.settlement_id as source_id,
        max(items.legal_entity_code) as legal_entity_code,
        cast(null as varchar) as project_key,
        cast(null as date) as record_date,
        'says no day' as lack,
        said.settled_amount as amount,
        max(items.transaction_currency_code) as currency_code
    from {{ ref('erp_settlements') }} as said
    left join {{ ref('fct_open_items') }} as items
        on said.source_instance = items.source_instance
        and said.transaction_id = items.transaction_id
    where said.settled_date is null and not said.is_deleted
    group by said.source_system, said.source_instance, said.settlement_id, said.settled_amount

)

select
    cast(lacking.kind as varchar) as kind,
    cast(
        lacking.named || case
            when lacking.amount is not null
                then
                    ' of ' || {{ amount_text('lacking.amount', 'lacking.currency_code') }}
                    || coalesce(' ' || lacking.currency_code, '')
            else coalesce(' of ' || cast(lacking.record_date as varchar), '')
        end || ' ' || lacking.lack as varchar
    ) as reason,
    lacking.source_system,
    lacking.source_instance,
    cast(lacking.source_id as varchar) as source_id,
    coalesce(projects.legal_entity_code, lacking.legal_entity_code) as legal_entity_code,
    lacking.project_key,
    {{ period_start('periods', 'lacking.record_date') }} as period_month,
    cast(lacking.amount as decimal(18, 4)) as amount,
    lacking.currency_code,
    coalesce(lacking.record_date, as_of.as_of_date) as since
from lacking
cross join {{ ref('dim_as_of') }} as as_of
left join {{ ref('dim_projects') }} as projects
    on lacking.project_key = projects.project_key
{{ join_period(
    'periods', 'coalesce(projects.legal_entity_code, lacking.legal_entity_code)',
    'lacking.record_date'
) }}
