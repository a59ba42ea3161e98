-- Grain: one row per Timebook job.
with

source as (
    select * from {{ current_version(source('timebook', 'jobs')) }}
),

renamed as (
    select
        -- keys
        trim(code) as job_code,

        -- attributes
        name as job_name,
        company as legal_entity_code,
        unit as practice_code,
        upper(money) as currency_code,

        -- lineage
        {{ lineage('timebook') }}
    from source
)

select * from renamed
