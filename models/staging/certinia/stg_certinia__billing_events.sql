-- Grain: one row per billing event; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'billing_events')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as billing_event_id,
        cast(project_id as varchar) as project_id,
        cast(batch_id as varchar) as billing_event_batch_id,

        -- dates and attributes
        cast(status as varchar) as billing_event_status,
        cast(date as date) as event_date,
        nullif(trim(invoice_number), '') as invoice_number,
        cast(invoice_date as date) as invoice_date,
        nullif(trim(erp_invoice), '') as erp_invoice_id,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- amounts
        cast(summary_amount as decimal(18, 4)) as summary_amount,
        cast(rounded_summary_amount as decimal(18, 4)) as rounded_summary_amount,

        -- flags
        cast(is_released as boolean) as is_released,
        cast(invoiced as boolean) as is_invoiced,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
