-- Grain: one row per item that a billed invoice names: an approved time entry, billable
-- since the day of the work, or an accepted milestone, billable since it was accepted; what
-- was credited in full is not invoiced any more, in part for the rest. Its
-- value is stated in the reporting currency at the average rate of the invoice's month, so
-- that items of any entity weigh against each other.
with

invoices as (
    select * from {{ ref('fct_invoices') }}
    where is_billed
),

-- An acceptance that was taken back after the invoice and given again does not count
-- from then: the milestone was billable when it was invoiced.
acceptances as (
    select
        milestones.milestone_key,
        max(completions.event_date) as accepted_date
    from {{ ref('dim_milestones') }} as milestones
    inner join invoices
        on milestones.source_instance = invoices.source_instance
        and milestones.invoice_id = invoices.invoice_id
    inner join {{ ref('int_task_completions') }} as completions
        on milestones.task_key = completions.task_key
        and completions.direction = 1
        and invoices.invoice_date >= completions.event_date
    group by milestones.milestone_key
),

items as (

    select
        time_entry_key as item_key,
        'time_entry' as item_type,
        project_key,
        source_instance,
        invoice_id,
        work_date as billable_date,
        approved_date,
        contract_currency_code as item_currency_code,
        contract_billable_amount as item_amount
    from {{ ref('fct_time_values') }}

    union all

    select
        milestones.milestone_key as item_key,
        'milestone' as item_type,
        milestones.project_key,
        milestones.source_instance,
        milestones.invoice_id,
        coalesce(acceptances.accepted_date, milestones.accepted_date) as billable_date,
        cast(null as date) as approved_date,
        milestones.currency_code as item_currency_code,
        milestones.amount as item_amount
    from {{ ref('dim_milestones') }} as milestones
    left join acceptances on milestones.milestone_key = acceptances.milestone_key
    where milestones.is_accepted

),

invoiced as (
    select
        items.*,
        invoices.invoice_key,
        invoices.invoice_date,
        invoices.period_month,
        projects.project_code,
        projects.practice_code,
        projects.legal_entity_code,
        projects.functional_currency_code as currency_code
    from items
    inner join invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_id = invoices.invoice_id
    inner join {{ ref('dim_projects') }} as projects
        on items.project_key = projects.project_key
    where items.item_amount > 0
),

valued as (
    select
        invoiced.*,
        {{ translated(
            'invoiced.item_amount - coalesce(billed.credited_amount, 0)', 'invoiced.item_currency_code',
            'invoiced.currency_code', 'fx_rates.fx_rate'
        ) }} as value_amount
    from invoiced
    left join {{ ref('int_items_billed') }} as billed
        on invoiced.item_type = billed.item_type
        and invoiced.item_key = billed.item_key
    {{ join_fx_rate(
        'fx_rates', 'invoiced.item_currency_code', 'invoiced.currency_code',
        'invoiced.billable_date'
    ) }}
)

select
    valued.item_key,
    valued.item_type,
    valued.project_key,
    valued.invoice_key,
    valued.project_code,
    valued.practice_code,
    valued.legal_entity_code,
    valued.billable_date,
    valued.approved_date,
    valued.invoice_date,
    valued.period_month,
    cast(
        {{ dbt.datediff('valued.billable_date', 'valued.invoice_date', 'day') }}
        as integer
    ) as invoicing_days,
    cast(
        {{ dbt.datediff('valued.billable_date', 'valued.approved_date', 'day') }}
        as integer
    ) as approval_days,
    cast(
        {{ dbt.datediff('valued.approved_date', 'valued.invoice_date', 'day') }}
        as integer
    ) as billing_days,
    valued.currency_code,
    cast(valued.value_amount as decimal(18, 4)) as value_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast({{ translated(
        'valued.value_amount', 'valued.currency_code', reporting_currency(),
        'reporting.average_rate'
    ) }} as decimal(18, 4)) as reporting_value_amount
from valued
{{ join_period('periods', 'valued.legal_entity_code', 'valued.invoice_date') }}
{{ join_reporting_rate(
    'reporting', 'valued.currency_code', 'periods', 'valued.invoice_date'
) }}
where valued.value_amount is null or valued.value_amount != 0
