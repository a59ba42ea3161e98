-- Grain: one row per analytic account.
with

source as (
    select * from {{ current_version(source('tryton', 'analytic_accounts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as analytic_account_id,
        cast(company as varchar) as company_id,

        -- attributes
        nullif(trim(code), '') as project_code,
        cast(name as varchar) as account_name,
        cast(type as varchar) as type_code,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
