-- Grain: one row per product of a deal; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('salesforce', 'opportunity_lines')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as opportunity_line_id,
        cast(opportunity_id as varchar) as opportunity_id,
        cast(obligation as varchar) as obligation_code,

        -- attributes
        cast(name as varchar) as line_name,
        lower(contract_type) as contract_type,

        -- dates
        cast(service_start as date) as service_start_date,
        cast(service_end as date) as service_end_date,

        -- quantities and amounts, in the deal's currency
        cast(included_hours as decimal(9, 2)) as included_hours,
        cast(coalesce(quantity, 1) as decimal(18, 4)) as quantity,
        cast(list_price as decimal(18, 4)) as list_price_amount,
        cast(total_price as decimal(18, 4)) as total_price_amount,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
