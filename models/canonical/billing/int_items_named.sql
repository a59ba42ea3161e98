-- Grain: one row per approved time entry and milestone that a billed invoice names, with
-- the share of the invoice that it is on: its project's or, where the item was moved to
-- another project since, the invoice's own.
with

items as (

    select
        'time_entry' as item_type,
        time_entry_key as item_key,
        time_entry_id as item_id,
        project_key,
        obligation_key,
        source_instance,
        invoice_id,
        work_date as value_date,
        contract_billable_amount as amount
    from {{ ref('fct_time_values') }}
    where invoice_id is not null

    union all

    select
        'milestone' as item_type,
        milestones.milestone_key as item_key,
        milestones.milestone_id as item_id,
        milestones.project_key,
        milestones.obligation_key,
        milestones.source_instance,
        milestones.invoice_id,
        coalesce(milestones.accepted_date, milestones.due_date) as value_date,
        milestones.contract_amount as amount
    from {{ ref('dim_milestones') }} as milestones
    where milestones.invoice_id is not null

),

invoice_shares as (
    select
        *,
        row_number() over (
            partition by invoice_key order by project_key nulls last
        ) as share_number
    from {{ ref('int_invoice_shares') }}
)

select
    items.item_type,
    items.item_key,
    items.item_id,
    items.project_key,
    items.obligation_key,
    coalesce(own.invoice_share_key, first_shares.invoice_share_key) as invoice_share_key,
    items.source_instance,
    items.value_date,
    cast(items.amount as decimal(18, 4)) as amount,
    own.invoice_share_key is null as is_moved
from items
inner join invoice_shares as first_shares
    on items.source_instance = first_shares.source_instance
    and items.invoice_id = first_shares.invoice_id
    and first_shares.share_number = 1
left join invoice_shares as own
    on items.source_instance = own.source_instance
    and items.invoice_id = own.invoice_id
    and items.project_key = own.project_key
where items.amount > 0
