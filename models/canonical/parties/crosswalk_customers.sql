-- Grain: one row per customer number, and one per source record linked to none.
-- A number two records of one system claim is ambiguous: neither is linked.
with

overrides as (
    select * from {{ ref('crosswalk_overrides') }}
    where entity_type = 'customer'
),

crm_customers as (
    select
        source_system,
        source_instance,
        customer_id,
        quoted_customer_id,
        upper(customer_number) as customer_number
    from {{ ref('crm_customers') }}
    where not is_deleted
),

-- A PSA may quote an id in another form than the CRM itself.
quoted as (
    select
        customer_id as quoted_id,
        customer_number
    from crm_customers
    union distinct
    select
        quoted_customer_id as quoted_id,
        customer_number
    from crm_customers
),

psa_numbered as (
    select
        psa_customers.source_system,
        psa_customers.source_instance,
        psa_customers.customer_id,
        max(quoted.customer_number) as customer_number
    from {{ ref('psa_customers') }} as psa_customers
    left join quoted on psa_customers.crm_customer_id = quoted.quoted_id
    where not psa_customers.is_deleted
    group by
        psa_customers.source_system,
        psa_customers.source_instance,
        psa_customers.customer_id
),

records as (
    select
        'crm' as side,
        source_system,
        source_instance,
        customer_id as record_id,
        customer_number
    from crm_customers

    union all

    select
        'psa' as side,
        source_system,
        source_instance,
        customer_id as record_id,
        customer_number
    from psa_numbered

    union all

    select
        'erp' as side,
        source_system,
        source_instance,
        customer_id as record_id,
        nullif(upper(trim(customer_number)), '') as customer_number
    from {{ ref('erp_customers') }}
    where not is_deleted
),

claimed as (
    select
        records.side,
        records.source_instance,
        records.record_id,
        coalesce(overrides.canonical_id, records.customer_number) as customer_number,
        overrides.canonical_id is not null as is_overridden,
        count(*) over (
            partition by
                records.side, coalesce(overrides.canonical_id, records.customer_number)
        ) as claims_count
    from records
    left join overrides
        on records.source_system = overrides.source_system
        and records.source_instance = overrides.source_instance
        and records.record_id = overrides.source_id
),

linked as (
    select
        customer_number,
        max(case when side = 'crm' and claims_count = 1 then record_id end) as crm_account_id,
        max(case when side = 'crm' and claims_count = 1 then source_instance end)
            as crm_source_instance,
        max(case when side = 'psa' and claims_count = 1 then record_id end) as psa_group_id,
        max(case when side = 'psa' and claims_count = 1 then source_instance end)
            as psa_source_instance,
        max(case when side = 'erp' and claims_count = 1 then record_id end) as erp_customer_id,
        max(case when side = 'erp' and claims_count = 1 then source_instance end)
            as erp_source_instance,
        max(claims_count) as claims_count,
        count(distinct side) as sides_count,
        bool_or(is_overridden) as is_overridden
    from claimed
    where customer_number is not null
    group by customer_number
)

select
    customer_number,
    crm_account_id,
    crm_source_instance,
    psa_group_id,
    psa_source_instance,
    erp_customer_id,
    erp_source_instance,
    customer_number as claimed_customer_number,
    case
        when claims_count > 1 then 'ambiguous'
        when sides_count > 1 then 'matched'
        else 'unmatched'
    end as match_status,
    case when is_overridden then 'override' else 'customer_number' end as match_rule
from linked

union all

select
    cast(null as varchar) as customer_number,
    case when side = 'crm' then record_id end as crm_account_id,
    case when side = 'crm' then source_instance end as crm_source_instance,
    case when side = 'psa' then record_id end as psa_group_id,
    case when side = 'psa' then source_instance end as psa_source_instance,
    case when side = 'erp' then record_id end as erp_customer_id,
    case when side = 'erp' then source_instance end as erp_source_instance,
    customer_number as claimed_customer_number,
    case when customer_number is null then 'unmatched' else 'ambiguous' end as match_status,
    cast(null as varchar) as match_rule
from claimed
where customer_number is null or claims_count > 1
