{{ config(tags=['control'], severity='warn', meta={'control_id': 'I26'}) }}
-- Rates of another ERP than the one whose rates count that differ from those by more than
-- the tolerance, a share: a posting valued here would be another one there.
select
    theirs.source_instance,
    theirs.from_currency_code,
    theirs.to_currency_code,
    theirs.effective_date,
    theirs.source_instance || ' has ' || cast(theirs.fx_rate as varchar) || ' for '
    || theirs.from_currency_code || ' in ' || theirs.to_currency_code || ' on '
    || cast(theirs.effective_date as varchar) || ', ' || rates.source_instance || ' '
    || cast(rates.fx_rate as varchar) as message
from {{ ref('erp_currency_rates') }} as theirs
inner join {{ ref('dim_fx_rates') }} as rates
    on theirs.from_currency_code = rates.from_currency_code
    and theirs.to_currency_code = rates.to_currency_code
    and theirs.effective_date >= rates.valid_from
    and theirs.effective_date < rates.valid_to
    and theirs.source_instance != rates.source_instance
left join {{ ref('control_policies') }} as policies on policies.control_id = 'I26'
where
    not theirs.is_deleted
    and abs(theirs.fx_rate - rates.fx_rate) > coalesce(policies.tolerance_amount, 0) * rates.fx_rate
