{{ config(materialized='view') }}
-- Grain: one row per project, legal entity and day of a kept period, and, where it took what
-- was learned of an earlier closed one, that one: as it was published, in today's words. What
-- was reported in another currency, or could not be for want of a rate, is translated at
-- its period's average rate. A contract
-- whose currency is another now has its amounts from the functional ones if these are in
-- it; else they are not known in it, and those of today stand (`is_restated`).
select
    kept.project_key,
    kept.project_code,
    kept.legal_entity_code,
    kept.activity_date,
    kept.period_month,
    kept.closed_period_month,
    coalesce(projects.contract_currency_code, kept.contract_currency_code)
        as contract_currency_code,
    kept.currency_code,
    coalesce(
        projects.contract_currency_code
        not in (coalesce(kept.contract_currency_code, kept.currency_code), kept.currency_code),
        false
    ) as is_restated,
{%- for measure in told_measures() %}
    {%- set whole = measure | replace('reporting_', '', 1) %}
    {% if measure in contract_measures() -%}
        case
            when
                projects.contract_currency_code is null
                or projects.contract_currency_code = kept.contract_currency_code
                then kept.{{ measure }}
            when projects.contract_currency_code = kept.currency_code
                then kept.{{ contract_measures()[measure] }}
            else 0
        end as {{ measure }}
    {%- elif measure != whole -%}
        coalesce(
            case
                when kept.reporting_currency_code = {{ reporting_currency() }}
                    then kept.{{ measure }}
            end,
            {{ reported_amount('kept.' ~ whole, 'kept.currency_code', 'reporting.average_rate') }}
        ) as {{ measure }}
    {%- else -%}
        kept.{{ measure }}
    {%- endif %}{{ ',' if not loop.last }}
{%- endfor %}
from {{ ref('stg_kept__closed_activity') }} as kept
inner join {{ ref('dim_cost_basis') }} as basis on kept.cost_basis = basis.cost_basis
inner join {{ ref('int_closed_periods') }} as closed
    on kept.legal_entity_code = closed.legal_entity_code
    and kept.period_month = closed.period_month
    and kept.snapshot_id = closed.snapshot_id
left join {{ ref('dim_projects') }} as projects
    on kept.project_key = projects.project_key
    and kept.legal_entity_code = projects.legal_entity_code
{{ join_reporting_rate('reporting', 'kept.currency_code', 'closed', 'kept.activity_date') }}
