-- Grain: one row per company code and account; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'gl_company_accounts')) }}
),

renamed as (
    select
        -- keys
        cast(company_code as varchar) as company_code,
        cast(ltrim(gl_account, '0') as varchar) as account_number,

        -- attributes
        cast(nullif(reconciliation_type, '') as varchar) as reconciliation_type,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
