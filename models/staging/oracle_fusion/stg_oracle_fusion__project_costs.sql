-- Grain: one row per cost charged to a project; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'project_costs')) }}
),

renamed as (
    select
        cast(id as varchar) as project_cost_id,
        cast(project_number as varchar) as project_number,
        cast(item_date as date) as expenditure_item_date,
        cast(quantity as decimal(18, 4)) as quantity,
        cast(unit as varchar) as unit_code,
        cast(reference as varchar) as original_reference,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
