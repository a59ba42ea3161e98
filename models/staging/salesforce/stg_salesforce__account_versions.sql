-- Grain: one row per account and version of it that was landed.
with

source as (
    select * from {{ source('salesforce', 'accounts') }}
),

renamed as (
    select
        cast(id as varchar) as account_id,
        cast(parent_id as varchar) as parent_account_id,
        cast(name as varchar) as account_name,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
