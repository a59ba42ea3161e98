-- Control C03. Grain: one row per expense line approved in the expense tool or booked
-- in the ERP, in the entity's currency. All bookings of a line count together, so one
-- booked twice differs by its amount.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved
),

gl_entries as (
    select * from {{ ref('fct_gl_entries') }}
    where
        debit_amount > 0
        and (source_line_id is not null or document_type = 'expense_report')
),

bookings as (
    select
        gl_entries.*,
        expenses.expense_line_id,
        'ERP:' || case
            when
                min(gl_entries.source_instance) over same_id
                != max(gl_entries.source_instance) over same_id
                then gl_entries.source_instance || ':'
            else ''
        end || gl_entries.transaction_id || ':' || gl_entries.line_id as booking_key
    from gl_entries
    left join expenses on gl_entries.source_line_id = expenses.expense_line_id
    window same_id as (partition by gl_entries.transaction_id, gl_entries.line_id)
),

stacked as (

    select
        expense_line_id as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        amount as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || expense_line_id as source_id
    from expenses

    union all

    select
        coalesce(expense_line_id, booking_key) as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        debit_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || transaction_id || ':' || line_id as source_id
    from bookings

),

compared as (
    {{ compare_sides('stacked', 'C03', 'expenses', 'erp') }}
)

select
    control_id,
    difference_key,
    legal_entity_code,
    period_month,
    project_code,
    left_amount,
    right_amount,
    difference_amount,
    currency_code,
    match_status,
    case when match_status != 'matched' then match_status end as reason,
    owner,
    source_ids
from compared
