-- Control C07. Grain: one row per ledger transaction: its debits equal its credits in
-- the books' currency.
select
    cast('C07' as varchar) as control_id,
    gl_entries.transaction_id as difference_key,
    min(gl_entries.legal_entity_code) as legal_entity_code,
    min(gl_entries.period_month) as period_month,
    cast(null as varchar) as project_code,
    cast(sum(gl_entries.debit_amount) as decimal(18, 4)) as left_amount,
    cast(sum(gl_entries.credit_amount) as decimal(18, 4)) as right_amount,
    cast(sum(gl_entries.debit_amount) - sum(gl_entries.credit_amount) as decimal(18, 4))
        as difference_amount,
    min(gl_entries.currency_code) as currency_code,
    case
        when sum(gl_entries.debit_amount) = sum(gl_entries.credit_amount) then 'matched'
        else 'amount_differs'
    end as match_status,
    case
        when sum(gl_entries.debit_amount) != sum(gl_entries.credit_amount)
            then 'amount_differs'
    end as reason,
    max(policies.owner) as owner,
    'netsuite:' || gl_entries.transaction_id as source_ids
from {{ ref('fct_gl_entries') }} as gl_entries
left join {{ ref('control_policies') }} as policies on policies.control_id = 'C07'
group by gl_entries.transaction_id
