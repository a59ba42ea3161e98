-- Grain: one row per live record of CRM, PSA or ERP that is a customer. Records of one
-- number are one customer, one in each instance; a number that two records of an instance
-- claim, or an id that two CRMs give to different customers, is ambiguous: not linked. What
-- names an account that was merged into another is the other's, beside what names that.
with

overrides as (
    select * from {{ ref('crosswalk_overrides') }}
    where entity_type = 'customer'
),

told as (
    select
        source_system,
        source_instance,
        customer_id,
        quoted_customer_id,
        upper(customer_number) as customer_number,
        is_deleted
    from {{ ref('crm_customers') }}
),

crm_customers as (
    select * from told
    where not is_deleted
),

-- Gone, and its number is that of one that is there.
merged as (
    select told.*
    from told
    inner join crm_customers
        on told.source_instance = crm_customers.source_instance
        and told.customer_number = crm_customers.customer_number
    where told.is_deleted
),

named as (
    select * from crm_customers
    union all
    select * from merged
),

-- A PSA may quote an id in another form than the CRM itself, and names no instance.
quoted as (
    select
        customer_id as quoted_id,
        customer_number,
        is_deleted
    from named
    union distinct
    select
        quoted_customer_id as quoted_id,
        customer_number,
        is_deleted
    from named
),

psa_numbered as (
    select
        psa_customers.source_system,
        psa_customers.source_instance,
        psa_customers.customer_id,
        max(quoted.customer_number) as customer_number,
        count(distinct coalesce(quoted.customer_number, '')) as numbers_count,
        min(case when quoted.is_deleted then 1 else 0 end) = 1 as is_merged
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
        'crm' as role,
        source_system,
        source_instance,
        customer_id as record_id,
        customer_number,
        false as is_doubtful,
        false as is_merged
    from crm_customers

    union all

    select
        'psa' as role,
        source_system,
        source_instance,
        customer_id as record_id,
        case when numbers_count = 1 then customer_number end as customer_number,
        numbers_count > 1 as is_doubtful,
        is_merged
    from psa_numbered

    union all

    select
        'erp' as role,
        source_system,
        source_instance,
        customer_id as record_id,
        nullif(upper(trim(customer_number)), '') as customer_number,
        false as is_doubtful,
        false as is_merged
    from {{ ref('erp_customers') }}
    where not is_deleted
),

numbered as (
    select
        records.role,
        records.source_system,
        records.source_instance,
        records.record_id,
        coalesce(overrides.canonical_id, records.customer_number)
            as claimed_customer_number,
        overrides.canonical_id is not null as is_overridden,
        overrides.canonical_id is null and records.is_doubtful as is_doubtful,
        overrides.canonical_id is null and records.is_merged as is_merged
    from records
    left join overrides
        on records.source_system = overrides.source_system
        and records.source_instance = overrides.source_instance
        and records.record_id = overrides.source_id
),

claimed as (
    select
        *,
        sum(case when is_merged then 0 else 1 end) over (
            partition by role, source_instance, claimed_customer_number
        ) as claims_count
    from numbered
),

linked as (
    select
        *,
        case when claims_count < 2 then claimed_customer_number end as customer_number
    from claimed
),

customers as (
    select
        customer_number,
        count(distinct role) as roles_count
    from linked
    where customer_number is not null
    group by customer_number
)

select
    cast(linked.role as varchar) as role,
    linked.source_system,
    linked.source_instance,
    linked.record_id,
    linked.customer_number,
    linked.claimed_customer_number,
    case
        when customers.roles_count > 1 then 'matched'
        when customers.roles_count = 1 then 'unmatched'
        when linked.claimed_customer_number is null and not linked.is_doubtful
            then 'unmatched'
        else 'ambiguous'
    end as match_status,
    case
        when linked.customer_number is null then null
        when linked.is_overridden then 'override'
        when linked.is_merged then 'merged'
        else 'customer_number'
    end as match_rule,
    linked.customer_number is not null
    and row_number() over (
        partition by linked.role, linked.customer_number
        order by linked.is_merged, linked.source_instance nulls last, linked.record_id
    ) = 1 as is_master
from linked
left join customers on linked.customer_number = customers.customer_number
