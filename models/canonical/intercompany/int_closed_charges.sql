{{ config(materialized='view') }}
-- Grain: one row per legal entity, counterpart, leg and kept period, and, where it took what
-- was learned of an earlier closed one, that one: as it was published, at today's reporting
-- currency. What was reported in another is translated at its period's average rate.
select
    kept.leg,
    kept.legal_entity_code,
    kept.counterpart_entity_code,
    kept.period_month,
    kept.closed_period_month,
    kept.charge_amount,
    kept.cost_amount,
{%- for measure in ['charge_amount', 'cost_amount'] %}
    coalesce(
        case
            when kept.reporting_currency_code = {{ reporting_currency() }}
                then kept.reporting_{{ measure }}
        end,
        {{ reported_amount('kept.' ~ measure, 'kept.currency_code', 'reporting.average_rate') }}
    ) as reporting_{{ measure }}{{ ',' if not loop.last }}
{%- endfor %}
from {{ ref('stg_kept__closed_charges') }} as kept
inner join {{ ref('dim_cost_basis') }} as basis on kept.cost_basis = basis.cost_basis
inner join {{ ref('int_closed_periods') }} as closed
    on kept.legal_entity_code = closed.legal_entity_code
    and kept.period_month = closed.period_month
    and kept.snapshot_id = closed.snapshot_id
{{ join_reporting_rate('reporting', 'kept.currency_code', 'closed', 'kept.period_month') }}
