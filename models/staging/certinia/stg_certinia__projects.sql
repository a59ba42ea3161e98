-- Grain: one row per project; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('certinia', 'projects')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as project_id,
        cast(account_id as varchar) as account_id,
        cast(manager_id as varchar) as manager_contact_id,
        cast(practice_id as varchar) as practice_id,
        cast(rate_card_set_id as varchar) as rate_card_set_id,

        -- dates and attributes
        cast(name as varchar) as project_name,
        nullif(trim(project_code), '') as project_code,
        nullif(trim(legal_entity), '') as legal_entity_code,
        nullif(lower(trim(contract_type)), '') as contract_type,
        cast(billing_type as varchar) as billing_type,
        cast(stage as varchar) as stage_name,
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        nullif(upper(currency_iso_code), '') as currency_code,

        -- quantities and rates
        cast(recognition_percent as decimal(9, 4)) as recognition_percent,

        -- flags
        cast(is_active as boolean) as is_active,
        cast(is_billable as boolean) as is_billable,
        cast(is_template as boolean) as is_pattern,

        -- lineage
        {{ lineage('certinia') }}
    from source
)

select * from renamed
