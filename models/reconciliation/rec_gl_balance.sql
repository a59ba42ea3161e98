-- Control C07. Grain: one row per ledger transaction: its debits equal its credits in
-- the books' currency.
with

transactions as (
    select
        source_instance,
        transaction_id,
        min(source_system) as source_system,
        min(legal_entity_code) as legal_entity_code,
        min(period_month) as period_month,
        min(currency_code) as currency_code,
        sum(debit_amount) as debit_amount,
        sum(credit_amount) as credit_amount
    from {{ ref('fct_gl_entries') }}
    group by source_instance, transaction_id
)

select
    cast('C07' as varchar) as control_id,
    case
        when count(*) over (partition by transactions.transaction_id) = 1 then ''
        else transactions.source_instance || ':'
    end || transactions.transaction_id as difference_key,
    transactions.legal_entity_code,
    transactions.period_month,
    cast(null as varchar) as project_code,
    cast(transactions.debit_amount as decimal(18, 4)) as left_amount,
    cast(transactions.credit_amount as decimal(18, 4)) as right_amount,
    cast(transactions.debit_amount - transactions.credit_amount as decimal(18, 4))
        as difference_amount,
    transactions.currency_code,
    case
        when transactions.debit_amount = transactions.credit_amount then 'matched'
        else 'amount_differs'
    end as match_status,
    case
        when transactions.debit_amount != transactions.credit_amount then 'amount_differs'
    end as reason,
    policies.owner,
    transactions.source_system || ':' || transactions.transaction_id as source_ids
from transactions
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C07' and policies.is_applicable
