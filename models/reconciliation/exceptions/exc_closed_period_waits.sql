-- What was learned of a closed period after it was published as closed, while no period is
-- open to take it: its figures stay, and the difference is in none. The amount is that of the
-- margin of a project, or of a company from what it charges or is charged.
select
    'closed_period_waits' as kind,
    differences.project_code || ': '
    || {{ what_moved('differences', is_actual="basis.cost_basis = 'actual'") }} || ' of '
    || cast(differences.closed_period_month as varchar)
    || ' became known after it closed (revenue '
    || {{ amount_text('differences.recognised_amount', 'differences.currency_code') }}
    || ', cost '
    || {{ amount_text('differences.total_cost_amount', 'differences.currency_code') }} || ' '
    || differences.currency_code || '), and no period is open to take it' as reason,
    crosswalk.source_system,
    crosswalk.source_instance,
    coalesce(crosswalk.record_id, differences.project_code) as source_id,
    differences.legal_entity_code,
    differences.project_key,
    differences.closed_period_month as period_month,
    cast(
        differences.recognised_amount - differences.total_cost_amount
        - differences.loss_provision_amount as decimal(18, 4)
    ) as amount,
    differences.currency_code,
    cast(closed.published_at as date) as since
from {{ ref('int_closed_differences') }} as differences
cross join {{ ref('dim_cost_basis') }} as basis
left join {{ ref('int_closed_periods') }} as closed
    on differences.legal_entity_code = closed.legal_entity_code
    and differences.closed_period_month = closed.period_month
left join {{ ref('crosswalk_projects') }} as crosswalk
    on differences.project_code = crosswalk.project_code
    and crosswalk.role = 'psa'
    and crosswalk.is_master
where differences.taker_month is null

union all

select
    'closed_period_waits' as kind,
    'Charges ' || case charges.leg when 'provided' then 'to ' else 'of ' end
    || charges.counterpart_entity_code || ' of '
    || cast(charges.closed_period_month as varchar) || ' became known after it closed ('
    || {{ amount_text('charges.charge_amount', 'charges.currency_code') }} || ' '
    || charges.currency_code || '), and no period is open to take it' as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    charges.counterpart_entity_code as source_id,
    charges.legal_entity_code,
    cast(null as varchar) as project_key,
    charges.closed_period_month as period_month,
    cast(
        case charges.leg
            when 'provided' then charges.charge_amount
            else -charges.charge_amount
        end as decimal(18, 4)
    ) as amount,
    charges.currency_code,
    cast(closed.published_at as date) as since
from {{ ref('int_charges_as_closed') }} as charges
left join {{ ref('int_closed_periods') }} as closed
    on charges.legal_entity_code = closed.legal_entity_code
    and charges.closed_period_month = closed.period_month
where charges.period_month is null
