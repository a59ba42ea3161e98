-- Grain: one row per cost centre, a practice by its code.
select
    cost_centres.cost_centre as dimension_id,
    cost_centres.cost_centre as practice_code,
    cost_centres.cost_centre_name as dimension_name,
    not coalesce(cost_centres.is_enabled, false) as is_inactive,
    {{ role_lineage('cost_centres') }}
from {{ ref('stg_oracle_fusion__cost_centres') }} as cost_centres
inner join {{ ref('oracle_fusion__int_charts') }} as charts
    on cost_centres.source_instance = charts.source_instance
where cost_centres.cost_centre != charts.no_cost_centre_text
