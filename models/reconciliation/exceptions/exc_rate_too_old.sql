-- Projects' figures of a period that are translated by a rate of exchange older than policy
-- allows.
select
    'rate_too_old' as kind,
    found.from_currency_code || ' in ' || found.to_currency_code || ' on '
    || cast(found.used_date as varchar) || ': the last rate of exchange is of '
    || cast(found.rate_date as varchar) as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    found.from_currency_code || ' in ' || found.to_currency_code as source_id,
    projects.legal_entity_code,
    found.project_key,
    found.period_month,
    found.amount,
    found.from_currency_code as currency_code,
    found.rate_date as since
from {{ ref('int_rates_too_old') }} as found
inner join {{ ref('dim_projects') }} as projects
    on found.project_key = projects.project_key
