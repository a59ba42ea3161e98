-- Grain: one row per main account of a chart.
with

source as (
    select * from {{ current_version(source('dynamics365', 'main_accounts')) }}
),

renamed as (
    select
        -- keys
        cast(chart_of_accounts || '|' || main_account_id as varchar) as account_id,
        cast(chart_of_accounts as varchar) as chart_of_accounts,
        cast(main_account_id as varchar) as account_number,

        -- attributes
        cast(name as varchar) as account_name,
        cast(main_account_type as varchar) as account_type,
        nullif(trim(main_account_category), '') as account_category,

        -- flags
        coalesce(is_suspended, false) as is_suspended,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
