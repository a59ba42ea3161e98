-- Grain: one row per expense line, report it was on and version of it that was landed.
with

source as (
    select * from {{ source('coupa', 'expense_lines') }}
),

renamed as (
    select
        cast(id as varchar) as expense_line_id,
        cast(expense_report_id as varchar) as expense_report_id,
        cast(project_code as varchar) as project_code,

        -- lineage
        {{ lineage('coupa') }}
    from source
)

select * from renamed
