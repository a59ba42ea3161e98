-- What was signed in another currency than the contract it belongs to: it counts at the
-- rate of its day.
select
    'contract_of_mixed_currencies' as kind,
    signed.record_name || ' is '
    || {{ amount_text('signed.stated_amount', 'signed.stated_currency_code') }} || ' '
    || signed.stated_currency_code || ' in a contract of ' || signed.currency_code
    || ': it counts as ' || {{ amount_text('signed.counted_amount', 'signed.currency_code') }}
    || ' at the rate of ' || cast(signed.signed_date as varchar) as reason,
    signed.source_system,
    signed.source_instance,
    signed.source_id,
    projects.legal_entity_code,
    signed.project_key,
    cast(null as date) as period_month,
    signed.stated_amount as amount,
    signed.stated_currency_code as currency_code,
    signed.signed_date as since
from {{ ref('int_signed_otherwise') }} as signed
left join {{ ref('dim_projects') }} as projects
    on signed.project_key = projects.project_key
where not signed.is_without_rate
