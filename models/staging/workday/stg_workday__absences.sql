-- Grain: one row per worker and day absent; cancelled ones stay, flagged as deleted.
with

source as (
    select * from {{ current_version(source('workday', 'absences')) }}
),

renamed as (
    select
        -- keys
        cast(absence_id as varchar) as absence_id,
        cast(employee_id as varchar) as employee_id,

        -- dates and quantities
        cast(absence_date as date) as absence_date,
        cast(absence_hours as decimal(9, 2)) as absence_quantity,

        -- attributes
        lower(absence_type) as absence_type,
        lower(status) as status,
        lower(absence_unit) as unit_name,

        -- lineage
        {{ lineage('workday') }}
    from source
)

select * from renamed
