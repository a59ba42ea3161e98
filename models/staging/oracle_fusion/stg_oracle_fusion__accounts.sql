-- Grain: one row per value of the natural account's segment; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'accounts')) }}
),

renamed as (
    select
        nullif(trim(cast(value as varchar)), '') as account_number,
        cast(description as varchar) as account_name,
        cast(is_enabled as boolean) as is_enabled,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
