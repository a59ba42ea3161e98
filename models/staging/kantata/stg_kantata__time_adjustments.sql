-- Grain: one row per correction of locked time; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'time_adjustments')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as adjustment_id,
        cast(workspace_id as varchar) as project_id,
        cast(user_id as varchar) as user_id,
        cast(story_id as varchar) as task_id,
        cast(active_invoice_id as varchar) as invoice_id,

        -- dates and attributes
        cast(original_date as date) as work_date,
        cast(created_at as timestamp) as created_at,
        upper(currency) as currency_code,

        -- quantities and rates
        cast(minutes as bigint) as worked_minutes,
        cast(
            {{ ratio('bill_rate_in_cents', 'currency_base_unit', 6) }} as decimal(18, 6)
        ) as bill_rate,

        -- flags
        cast(billable as boolean) as is_billable,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
