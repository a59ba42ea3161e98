-- Grain: one row per Kantata project; archived and deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'workspaces')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as project_id,
        cast(primary_workspace_group_id as varchar) as customer_group_id,
        cast(primary_maven_id as varchar) as manager_user_id,
        cast(rate_card_id as varchar) as rate_card_id,

        -- dates and attributes
        cast(start_date as date) as start_date,
        cast(due_date as date) as due_date,
        cast(title as varchar) as project_title,
        cast(status_message as varchar) as status_name,
        lower(stage) as project_stage,
        upper(currency) as currency_code,

        -- amounts
        cast(
            {{ ratio('price_in_cents', 'currency_base_unit', 4) }} as decimal(18, 4)
        ) as price_amount,

        -- flags
        cast(archived as boolean) as is_archived,
        cast(require_time_approvals as boolean) as requires_time_approval,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
