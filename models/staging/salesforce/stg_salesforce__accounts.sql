-- Grain: one row per Salesforce account; deleted and merged ones stay, flagged.
with

source as (
    select * from {{ current_version(source('salesforce', 'accounts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as account_id,
        cast(parent_id as varchar) as parent_account_id,
        cast(master_record_id as varchar) as master_account_id,
        cast(owner_id as varchar) as owner_user_id,

        -- attributes
        cast(name as varchar) as account_name,
        cast(account_number as varchar) as account_number,
        upper(billing_country) as country_code,
        upper(currency_iso_code) as currency_code,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
