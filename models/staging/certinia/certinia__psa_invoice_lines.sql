-- Grain: one row per item of a billing event. A split that one bills is time of several days,
-- so it names none; the entries name the invoice. A budget's is an instalment of the price,
-- like a milestone's, so that one below 0 takes it back and is no concession.
select
    events.invoice_id,
    items.billing_event_item_id as invoice_line_id,
    coalesce(items.project_id, events.project_id) as project_id,
    case items.category
        when 'Timecard' then 'time'
        when 'Milestone' then 'milestone'
        when 'Budget' then 'milestone'
        when 'Expense' then 'expense'
        else 'item'
    end as line_type,
    cast(null as varchar) as time_entry_id,
    items.milestone_id,
    items.item_text as line_text,
    coalesce(items.currency_code, events.currency_code, nullif(own_names.setting_value, ''))
        as currency_code,
    coalesce(items.rounded_amount, items.amount) as net_amount,
    items.source_system,
    items.source_instance,
    items.source_id,
    items.source_version,
    items.is_deleted or events.is_deleted as is_deleted,
    items.source_updated_at,
    items.landed_at
from {{ ref('stg_certinia__billing_event_items') }} as items
inner join {{ ref('certinia__int_billed_events') }} as events
    on items.source_instance = events.source_instance
    and items.billing_event_id = events.billing_event_id
left join {{ ref('stg_landing__settings') }} as own_names
    on items.source_instance = own_names.source_instance
    and own_names.setting = 'values.currency'
