-- Grain: one row per Kantata billing milestone; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'billing_milestones')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as milestone_id,
        cast(workspace_id as varchar) as project_id,
        cast(story_id as varchar) as task_id,
        cast(invoice_id as varchar) as invoice_id,

        -- dates and attributes
        cast(date_to_invoice as date) as due_date,
        cast(title as varchar) as milestone_title,
        lower(billing_type) as billing_type,
        upper(currency) as currency_code,

        -- amounts
        cast(
            {{ ratio('amount_in_cents', minor_units('upper(currency)'), 4) }}
            as decimal(18, 4)
        ) as amount,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
