-- Grain: one row per account.
with

source as (
    select * from {{ current_version(source('tryton', 'accounts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as account_id,
        cast(company as varchar) as company_id,

        -- attributes
        nullif(trim(code), '') as account_number,
        cast(name as varchar) as account_name,
        cast(type_name as varchar) as type_name,
        cast(statement as varchar) as statement_code,

        -- flags
        coalesce(type_receivable, false) as is_of_receivables,
        coalesce(type_payable, false) as is_of_payables,
        coalesce(type_assets, false) as is_of_assets,
        coalesce(type_revenue, false) as is_of_revenue,
        coalesce(closed, false) or not coalesce(active, true) as is_inactive,

        -- lineage
        {{ lineage('tryton') }}
    from source
)

select * from renamed
