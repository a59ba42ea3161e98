-- Grain: one row per pay event of a worker, who is known by pseudonym only.
with

source as (
    select * from {{ current_version(source('workday', 'compensation')) }}
),

renamed as (
    select
        -- keys
        cast(employee_pseudonym as varchar) as employee_pseudonym,

        -- dates and attributes
        cast(effective_date as date) as effective_date,
        cast(entered_at as timestamp) as entered_at,
        upper(currency) as currency_code,
        cast(frequency as varchar) as pay_frequency,

        -- amounts
        cast(base_pay as decimal(18, 4)) as base_pay_amount,

        -- flags: Workday leaves the field out when the event stands
        coalesce(is_rescinded, false) as is_rescinded,
        coalesce(is_primary, true) as is_primary,

        -- lineage
        {{ lineage('workday') }}
    from source
)

select * from renamed
