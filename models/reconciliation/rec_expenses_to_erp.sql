-- Control C03. Grain: one row per expense line approved in the expense tool or booked
-- in the ERP, in the entity's currency and without tax that is got back. All bookings of a
-- line count together, so one booked twice differs by its amount.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved
),

gl_entries as (
    select entries.*
    from {{ ref('fct_gl_entries') }} as entries
    left join {{ ref('int_account_purposes') }} as taxes
        on entries.legal_entity_code = taxes.legal_entity_code
        and entries.account_number = taxes.account_number
        and taxes.purpose = 'recoverable_tax'
    where
        entries.debit_amount > 0
        and taxes.account_number is null
        and (entries.source_line_id is not null or entries.document_type = 'expense_report')
),

doubtful as (
    select distinct expense_line_id from {{ ref('int_expense_bookings') }}
    where is_doubtful
),

-- What is booked of an id that may be either's is compared with both together.
keyed as (
    select
        expenses.*,
        case
            when doubtful.expense_line_id is null
                then expenses.source_instance || ':' || expenses.expense_line_id
            else expenses.expense_line_id
        end as difference_key
    from expenses
    left join doubtful on expenses.expense_line_id = doubtful.expense_line_id
),

bookings as (
    select
        gl_entries.*,
        coalesce(
            keyed.difference_key,
            twice.expense_line_id,
            'ERP:' || gl_entries.source_instance || ':' || gl_entries.transaction_id || ':'
            || gl_entries.line_id
        ) as difference_key
    from gl_entries
    left join {{ ref('int_expense_bookings') }} as named
        on gl_entries.gl_entry_key = named.gl_entry_key
    left join keyed on named.expense_key = keyed.expense_key
    left join doubtful as twice
        on named.is_doubtful and named.expense_line_id = twice.expense_line_id
),

stacked as (

    -- posted in the books of who claims it, by their periods
    select
        keyed.difference_key,
        keyed.expense_line_id,
        keyed.legal_entity_code,
        {{ period_start('periods', 'keyed.expense_date') }} as period_month,
        case when not keyed.is_project_contested then keyed.project_code end
            as project_code,
        keyed.currency_code,
        keyed.net_amount as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        keyed.source_system || ':' || keyed.source_instance || ':'
        || keyed.expense_line_id as source_id
    from keyed
    {{ join_period('periods', 'keyed.legal_entity_code', 'keyed.expense_date') }}

    union all

    select
        difference_key,
        cast(null as varchar) as expense_line_id,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        debit_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || source_instance || ':' || transaction_id || ':' || line_id
            as source_id
    from bookings

),

compared as (
    {{ compare_sides('stacked', 'C03', 'expenses', 'erp') }}
),

lines as (
    select
        difference_key,
        max(expense_line_id) as expense_line_id
    from stacked
    group by difference_key
)

select
    compared.control_id,
    compared.difference_key,
    lines.expense_line_id,
    compared.legal_entity_code,
    compared.period_month,
    compared.project_code,
    compared.left_amount,
    compared.right_amount,
    compared.difference_amount,
    compared.currency_code,
    compared.match_status,
    case when compared.match_status != 'matched' then compared.match_status end as reason,
    compared.owner,
    compared.source_ids
from compared
inner join lines on compared.difference_key = lines.difference_key
