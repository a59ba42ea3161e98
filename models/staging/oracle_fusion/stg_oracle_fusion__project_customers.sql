-- Grain: one row per customer that a project names; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'project_customers')) }}
),

renamed as (
    select
        cast(id as varchar) as project_customer_id,
        cast(project_id as varchar) as oracle_project_id,
        cast(party_id as varchar) as party_id,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
