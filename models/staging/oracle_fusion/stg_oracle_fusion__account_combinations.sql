-- Grain: one row per account combination that exists, with the kind of its account;
-- deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('oracle_fusion', 'account_combinations')) }}
),

renamed as (
    select
        cast(id as varchar) as combination_id,
        nullif(trim(cast(account as varchar)), '') as account_number,
        cast(account_type as varchar) as account_type,
        cast(control as varchar) as control_type,
        cast(takes_postings as boolean) as takes_postings,

        -- lineage
        {{ lineage('oracle_fusion') }}
    from source
)

select * from renamed
