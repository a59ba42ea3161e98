-- Grain: one row per billing event, with the invoice it is on. Events that went out under one
-- number are one invoice, the first of them by its id; any other event is one by itself.
select
    events.*,
    case
        when events.is_invoiced and events.invoice_number is not null and not events.is_deleted
            then min(events.billing_event_id) over (
                partition by
                    events.source_instance,
                    events.is_deleted,
                    events.is_invoiced,
                    events.invoice_number,
                    events.currency_code
            )
        else events.billing_event_id
    end as invoice_id
from {{ ref('stg_certinia__billing_events') }} as events
