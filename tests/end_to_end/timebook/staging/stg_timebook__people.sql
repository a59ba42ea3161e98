-- Grain: one row per Timebook user.
with

source as (
    select * from {{ current_version(source('timebook', 'people')) }}
),

renamed as (
    select
        -- keys
        login,
        trim(staff_no) as employee_number,

        -- lineage
        {{ lineage('timebook') }}
    from source
)

select * from renamed
