-- Grain: one row per invoice's share, obligation and day of the time entries and
-- milestones it names: what of their value it is for after credits, in contract currency.
-- On contracts by the hour without a cap, and on milestones.
select
    items.invoice_share_key,
    items.project_key,
    items.obligation_key,
    obligations.obligation_code,
    items.value_date,
    cast(sum(items.value_amount) as decimal(18, 4)) as value_amount,
    cast(sum(items.billed_amount) as decimal(18, 4)) as gross_amount
from {{ ref('int_items_billed') }} as items
inner join {{ ref('dim_obligations') }} as obligations
    on items.obligation_key = obligations.obligation_key
left join {{ ref('dim_milestones') }} as milestones
    on items.item_type = 'milestone'
    and items.item_key = milestones.milestone_key
where
    not items.is_moved
    and (
        (items.item_type = 'time_entry' and obligations.revenue_method = 'time_and_materials')
        or (milestones.is_accepted and obligations.revenue_method = 'milestone')
    )
group by
    items.invoice_share_key,
    items.project_key,
    items.obligation_key,
    obligations.obligation_code,
    items.value_date
having sum(items.billed_amount) > 0
