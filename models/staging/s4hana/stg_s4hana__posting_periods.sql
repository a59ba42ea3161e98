-- Grain: one row per posting period variant and account type; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'posting_periods')) }}
),

renamed as (
    select
        -- keys
        cast(posting_period_variant as varchar) as posting_period_variant,
        cast(account_type as varchar) as account_type,

        -- intervals, as fiscal year and period in one number
        cast(from_year_1 * 1000 + from_period_1 as bigint) as first_open,
        cast(to_year_1 * 1000 + to_period_1 as bigint) as last_open,
        cast(
            coalesce(from_year_2, 0) * 1000 + coalesce(from_period_2, 0) as bigint
        ) as first_special_open,
        cast(
            coalesce(to_year_2, 0) * 1000 + coalesce(to_period_2, 0) as bigint
        ) as last_special_open,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
