-- Grain: one row per basis of cost, snapshot, legal entity, closed period, practice, grade and
-- closed period that it corrects.
select
    -- keys
    cost_basis,
    snapshot_id,
    legal_entity_code,
    period_month,
    practice_code,
    grade_code,
    closed_period_month,

    -- quantities
    people_count,
    amber_width_rate,
{%- for measure in utilisation_minutes() %}
    {{ measure }}_minutes{{ ',' if not loop.last }}
{%- endfor %}
from {{ source('kept', 'closed_utilisation') }}
