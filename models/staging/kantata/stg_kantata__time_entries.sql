-- Grain: one row per Kantata time entry; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'time_entries')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as time_entry_id,
        cast(workspace_id as varchar) as project_id,
        cast(user_id as varchar) as user_id,
        cast(story_id as varchar) as task_id,
        cast(role_id as varchar) as role_id,
        -- the latest timesheet, where no pending or approved one holds the entry
        cast(
            coalesce(active_submission_id, recent_submission_id) as varchar
        ) as timesheet_id,
        cast(invoice_id as varchar) as invoice_id,

        -- dates and attributes
        cast(date_performed as date) as work_date,
        cast(created_at as timestamp) as created_at,
        upper(currency) as currency_code,

        -- quantities and rates
        cast(time_in_minutes as bigint) as worked_minutes,
        cast(
            {{ ratio('rate_in_cents', 'currency_base_unit', 6) }} as decimal(18, 6)
        ) as bill_rate,

        -- flags
        cast(billable as boolean) as is_billable,
        cast(approved as boolean) as is_approved,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
