-- Grain: one row per budget and version of it that was landed.
with

source as (
    select * from {{ source('certinia', 'budgets') }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as budget_id,
        cast(project_id as varchar) as project_id,

        -- dates and attributes
        cast(type as varchar) as budget_type,
        cast(status as varchar) as budget_status,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- amounts
        cast(amount as decimal(18, 4)) as amount,
        cast(expense_amount as decimal(18, 4)) as expense_amount,

        -- flags
        cast(include_in_financials as boolean) as is_in_financials,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
