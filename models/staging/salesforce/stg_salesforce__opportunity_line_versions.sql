-- Grain: one row per product of a deal and version of it that was landed.
with

source as (
    select * from {{ source('salesforce', 'opportunity_lines') }}
),

renamed as (
    select
        cast(id as varchar) as opportunity_line_id,
        cast(list_price as decimal(18, 4)) as list_price_amount,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
