-- Grain: one row per expense line and wrong project: what others booked on a project
-- that the approved expense does not name goes from that project to the one it names.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved and project_key is not null
),

misplaced as (
    select
        gl_entries.legal_entity_code,
        expenses.project_code,
        gl_entries.project_code as credit_project_code,
        gl_entries.period_month,
        gl_entries.currency_code,
        gl_entries.account_number,
        gl_entries.project_code || ' ' || gl_entries.account_number as part,
        expenses.expense_line_id as reference,
        gl_entries.net_amount as desired_amount
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_expense_bookings') }} as named
        on gl_entries.gl_entry_key = named.gl_entry_key
    inner join expenses on named.expense_key = expenses.expense_key
    where
        not gl_entries.is_own_posting
        and gl_entries.project_code != expenses.project_code
)

select
    {{ desired_posting(
        'cost_reclassification', part='part', reference='reference',
        credit_project='credit_project_code', currency='currency_code',
        debit='account_number', credit='account_number'
    ) }}
from misplaced
