-- Grain: one row per account.
with

source as (
    select * from {{ current_version(source('netsuite', 'accounts')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as account_id,
        cast(account_number as varchar) as account_number,

        -- attributes
        cast(account_type as varchar) as account_type,
        cast(full_name as varchar) as account_name,

        -- flags
        cast(is_inactive as boolean) as is_inactive,

        -- lineage
        {{ lineage('netsuite') }}
    from source
)

select * from renamed
