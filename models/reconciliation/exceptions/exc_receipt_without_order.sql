-- What was received under an order line that is not known, or not ordered yet (a change of it
-- waits for approval, say): nobody knows what it is for, and its cost is in no project.
select
    'receipt_without_order' as kind,
    'receipt ' || receipts.receipt_id || ' of '
    || {{ amount_text('receipts.amount', 'receipts.currency_code') }}
    || coalesce(' ' || receipts.currency_code, '')
    || case
        when told.po_line_id is null then ' names no order that is known'
        else
            ' is of order ' || coalesce(told.po_number, told.po_line_id)
            || ', which is not ordered'
    end as reason,
    receipts.source_system,
    receipts.source_instance,
    receipts.source_id,
    projects.legal_entity_code,
    projects.project_key,
    {{ period_start('periods', 'receipts.receipt_date') }} as period_month,
    receipts.amount,
    receipts.currency_code,
    receipts.receipt_date as since
from {{ ref('fct_receipts') }} as receipts
inner join {{ ref('spend_receipts') }} as stated
    on receipts.source_instance = stated.source_instance
    and receipts.receipt_id = stated.receipt_id
left join {{ ref('spend_purchase_order_lines') }} as told
    on stated.source_instance = told.source_instance
    and stated.po_line_id = told.po_line_id
left join {{ ref('dim_projects') }} as projects
    on upper(trim(told.project_code)) = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'receipts.receipt_date') }}
where
    receipts.commitment_key is null
    and receipts.amount != 0
    and not coalesce(told.is_deleted, false)
    and told.employee_number is null
