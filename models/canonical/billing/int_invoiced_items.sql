-- Grain: one row per invoice, obligation and day of the time entries and milestones it
-- names: what of their value it is for, in contract currency. An invoice that is for less
-- than they are worth, as after a correction, is for all of them in proportion.
with

items as (

    select
        priced.source_instance,
        priced.invoice_id,
        priced.project_key,
        obligations.obligation_key,
        obligations.obligation_code,
        priced.work_date as value_date,
        priced.contract_billable_amount as amount
    from {{ ref('int_time_priced') }} as priced
    inner join {{ ref('dim_obligations') }} as obligations
        on priced.obligation_key = obligations.obligation_key
        and obligations.revenue_method = 'time_and_materials'
    where priced.is_approved

    union all

    select
        milestones.source_instance,
        milestones.invoice_id,
        milestones.project_key,
        obligations.obligation_key,
        obligations.obligation_code,
        milestones.accepted_date as value_date,
        milestones.amount
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('dim_tasks') }} as dim_tasks
        on milestones.task_key = dim_tasks.task_key
    inner join {{ ref('dim_obligations') }} as obligations
        on dim_tasks.obligation_key = obligations.obligation_key
        and obligations.revenue_method = 'milestone'
    where milestones.is_accepted

),

named as (
    select
        invoices.invoice_key,
        items.project_key,
        items.obligation_key,
        items.obligation_code,
        items.value_date,
        max(invoices.contract_currency_code) as contract_currency_code,
        max(invoices.contract_gross_amount) as gross_amount,
        sum(items.amount) as value_amount
    from items
    inner join {{ ref('fct_collections') }} as invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_id = invoices.invoice_id
        and items.project_key = invoices.project_key
    where items.amount > 0 and invoices.contract_gross_amount > 0
    group by
        invoices.invoice_key,
        items.project_key,
        items.obligation_key,
        items.obligation_code,
        items.value_date
),

weighed as (
    select
        *,
        {{ whole_weight('value_amount') }} as value_weight,
        least(sum(value_amount) over (partition by invoice_key), gross_amount)
            as named_amount
    from named
),

spread as (
    {{ allocate_amount(
        'weighed', key=['invoice_key'], amount='named_amount', weight='value_weight',
        ties=['value_date', 'obligation_code'], currency='contract_currency_code'
    ) }}
)

select
    invoice_key,
    project_key,
    obligation_key,
    obligation_code,
    value_date,
    cast(value_amount as decimal(18, 4)) as value_amount,
    cast(allocated_amount as decimal(18, 4)) as gross_amount
from spread
