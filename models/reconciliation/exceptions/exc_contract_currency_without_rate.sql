-- What was signed in another currency than the contract it belongs to, on a day of which no
-- rate of exchange is known: a change does not count, and the price of a deal is not known.
select
    'contract_currency_without_rate' as kind,
    signed.record_name || ' is '
    || {{ amount_text('signed.stated_amount', 'signed.stated_currency_code') }} || ' '
    || signed.stated_currency_code || ', of which no rate to ' || signed.currency_code
    || ' is known on ' || cast(signed.signed_date as varchar) as reason,
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
where signed.is_without_rate
