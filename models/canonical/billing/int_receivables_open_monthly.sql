-- Grain: one row per receivable, and per part of it that is settled, and period at whose end
-- it is open: what is owed then, parts settled by then as less.
with

months as (select * from {{ ref('int_entity_months') }}),

receivables as (
    select
        receivables.source_instance,
        receivables.transaction_id,
        receivables.legal_entity_code,
        receivables.practice_code,
        receivables.customer_key,
        months.period_month,
        months.measured_to_date,
        receivables.amount
    from {{ ref('fct_receivables') }} as receivables
    inner join months
        on receivables.legal_entity_code = months.legal_entity_code
        and receivables.transaction_date <= months.measured_to_date
        and {{ open_end('receivables.close_date') }} > months.measured_to_date
)

select
    legal_entity_code,
    practice_code,
    customer_key,
    period_month,
    cast(amount as decimal(18, 4)) as receivable_amount
from receivables

union all

select
    receivables.legal_entity_code,
    receivables.practice_code,
    receivables.customer_key,
    receivables.period_month,
    cast(-settlements.carrying_amount as decimal(18, 4)) as receivable_amount
from receivables
inner join {{ ref('fct_settlements') }} as settlements
    on receivables.source_instance = settlements.source_instance
    and receivables.transaction_id = settlements.transaction_id
    and settlements.item_type = 'receivable'
    and receivables.measured_to_date >= settlements.settled_date
