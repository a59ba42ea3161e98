-- Grain: one row per transaction posted on a project.
with

source as (
    select * from {{ current_version(source('dynamics365', 'project_actuals')) }}
),

renamed as (
    select
        -- keys
        cast(trans_id as varchar) as actual_id,
        lower(cast(data_area_id as varchar)) as company_id,
        cast(lower(data_area_id) || '|' || project_id as varchar) as project_id,
        cast(voucher as varchar) as voucher,

        -- dates and attributes
        cast(project_date as date) as project_date,
        cast(ledger_date as date) as ledger_date,
        cast(transaction_type as varchar) as transaction_type,
        cast(origin as varchar) as origin,
        cast(category as varchar) as category,

        -- quantities and amounts
        cast(quantity as decimal(18, 4)) as quantity,
        cast(amount as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('dynamics365') }}
    from source
)

select * from renamed
