-- People whom one of HR, PSA and payroll has as active and another lacks (C05). Whose
-- record is doubtful is named as that.
select
    'person_not_everywhere' as kind,
    difference_key || ': ' || replace(match_status, '_', ' ') as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    difference_key as source_id,
    legal_entity_code,
    cast(null as varchar) as project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    cast(null as date) as since
from {{ ref('rec_employees_hr_psa_payroll') }}
where match_status not in ('matched', 'ambiguous')
