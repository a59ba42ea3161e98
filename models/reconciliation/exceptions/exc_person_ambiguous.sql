-- Records of HR, PSA or payroll that two people may be: a doubtful link is no link.
select
    'person_ambiguous' as kind,
    role || ' record ' || record_id || ' may be either of two people'
    || coalesce(' of number ' || claimed_employee_number, '') as reason,
    source_system,
    source_instance,
    role || ' ' || record_id as source_id,
    cast(null as varchar) as legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    cast(null as date) as since
from {{ ref('crosswalk_resources') }}
where match_status = 'ambiguous'
