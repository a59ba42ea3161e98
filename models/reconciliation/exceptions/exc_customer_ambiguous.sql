-- Records of CRM, PSA or ERP that two customers may be: a doubtful link is no link.
select
    'customer_ambiguous' as kind,
    role || ' record ' || record_id || ' may be either of two customers'
    || coalesce(' of number ' || claimed_customer_number, '') as reason,
    source_system,
    source_instance,
    role || ' ' || record_id as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    cast(null as date) as since
from {{ ref('crosswalk_customers') }}
where match_status = 'ambiguous'
