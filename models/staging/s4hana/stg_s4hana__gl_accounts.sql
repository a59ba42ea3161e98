-- Grain: one row per account of a chart; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'gl_accounts')) }}
),

renamed as (
    select
        -- keys
        cast(chart_of_accounts as varchar) as chart_of_accounts,
        cast(ltrim(gl_account, '0') as varchar) as account_number,

        -- attributes
        cast(gl_account_name as varchar) as account_name,
        cast(gl_account_type as varchar) as account_type,

        -- flags
        cast(is_balance_sheet as boolean) as is_balance_sheet,
        coalesce(is_blocked, false) as is_blocked,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
