-- Grain: one row per Salesforce opportunity; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('salesforce', 'opportunities')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as opportunity_id,
        cast(account_id as varchar) as account_id,
        cast(owner_id as varchar) as owner_user_id,
        cast(project_code as varchar) as project_code,
        cast(amends as varchar) as amended_opportunity_id,
        cast(obligation as varchar) as obligation_code,

        -- attributes
        cast(name as varchar) as opportunity_name,
        cast(stage_name as varchar) as stage_name,
        cast(type as varchar) as opportunity_type,
        lower(contract_type) as contract_type,
        lower(treatment) as modification_treatment,
        upper(legal_entity) as legal_entity_code,
        upper(practice) as practice_code,
        upper(currency_iso_code) as currency_code,

        -- dates
        cast(close_date as date) as close_date,
        cast(effective_date as date) as effective_date,
        cast(service_start as date) as service_start_date,
        cast(service_end as date) as service_end_date,

        -- rates and amounts, in currency_code
        cast(amount as decimal(18, 4)) as amount,
        cast(cap_amount as decimal(18, 4)) as cap_amount,
        cast(fee_rate as decimal(18, 6)) as fee_rate,
        cast(fee_ceiling as decimal(18, 4)) as fee_ceiling_amount,

        -- flags
        coalesce(is_won, false) as is_won,
        coalesce(is_closed, false) as is_closed,

        -- lineage
        {{ lineage('salesforce') }}
    from source
)

select * from renamed
