-- Grain: one row per ledger line that names an expense line. An id that two expense tools
-- gave is the expense of the books' own entity, where that is one; else whose it is, is
-- not known, nor is it of the other lines that name that id.
with

expenses as (
    select
        *,
        count(*) over (partition by expense_line_id) as same_id_count
    from {{ ref('fct_expenses') }}
),

named as (
    select
        gl_entries.gl_entry_key,
        gl_entries.source_line_id,
        max(
            case
                when
                    expenses.same_id_count = 1
                    or expenses.legal_entity_code = gl_entries.legal_entity_code
                    then expenses.expense_key
            end
        ) as expense_key,
        count(
            case
                when
                    expenses.same_id_count = 1
                    or expenses.legal_entity_code = gl_entries.legal_entity_code
                    then expenses.expense_key
            end
        ) as own_count
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join expenses on gl_entries.source_line_id = expenses.expense_line_id
    group by gl_entries.gl_entry_key, gl_entries.source_line_id
),

judged as (
    select
        *,
        max(case when own_count = 1 then 0 else 1 end) over (partition by source_line_id) = 1
            as is_doubtful
    from named
)

select
    gl_entry_key,
    case when not is_doubtful then expense_key end as expense_key,
    source_line_id as expense_line_id,
    is_doubtful
from judged
