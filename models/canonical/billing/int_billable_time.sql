-- Grain: one row per approved billable time entry, of a contract billed by time, that no
-- live invoice bills, or not since a credit: what was credited of it is due again. An
-- entry without a rate waits until it is priced.
select
    time_entries.project_key,
    cast('time' as varchar) as line_type,
    time_entries.time_entry_id as line_id,
    time_entries.work_date as service_date,
    time_entries.role_name as line_text,
    case
        when items.item_key is null then time_values.chargeable_minutes
        else cast({{ ratio(
            'time_values.chargeable_minutes * items.credited_amount', 'items.value_amount', 0
        ) }} as bigint)
    end as billable_minutes,
    time_values.contract_bill_rate as bill_rate,
    case
        when items.item_key is null then time_values.contract_billable_amount
        else items.credited_amount
    end as net_amount,
    time_entries.correlation_id
from {{ ref('fct_time_values') }} as time_values
inner join {{ ref('fct_time_entries') }} as time_entries
    on time_values.time_entry_key = time_entries.time_entry_key
inner join {{ ref('int_contracts_billed') }} as contracts
    on time_values.project_key = contracts.project_key
left join {{ ref('fct_invoices') }} as invoices
    on time_values.source_instance = invoices.source_instance
    and time_values.invoice_id = invoices.invoice_id
    and invoices.is_issued
left join {{ ref('int_items_billed') }} as items
    on items.item_type = 'time_entry'
    and time_values.time_entry_key = items.item_key
where
    contracts.billing_basis = 'time_and_expenses'
    and (invoices.invoice_key is null or items.credited_amount > 0)
    and time_values.contract_billable_amount != 0
