-- Grain: one row per cleared item; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('s4hana', 'cleared_items')) }}
),

renamed as (
    select
        -- keys
        cast(
            company_code || '|' || fiscal_year || '|' || accounting_document as varchar
        ) as entry_id,
        cast(item as varchar) as item_id,
        cast(
            company_code || '|' || clearing_year || '|' || clearing_document as varchar
        ) as clearing_entry_id,

        -- dates
        cast(clearing_date as date) as clearing_date,

        -- lineage
        {{ lineage('s4hana') }}
    from source
)

select * from renamed
