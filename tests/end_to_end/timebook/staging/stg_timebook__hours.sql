-- Grain: one row per Timebook entry.
with

source as (
    select * from {{ current_version(source('timebook', 'hours')) }}
),

renamed as (
    select
        -- keys
        entry as entry_number,
        trim(job) as job_code,
        login,

        -- dates and attributes
        day as work_date,

        -- quantities and rates
        minutes as worked_minutes,
        cast(price as decimal(18, 6)) as bill_rate,

        -- flags
        signed_off as is_signed_off,

        -- lineage
        {{ lineage('timebook') }}
    from source
)

select * from renamed
