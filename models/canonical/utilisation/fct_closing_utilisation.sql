-- Grain: one row per legal entity, practice, grade and period that is published as closed for
-- the first time, and closed period that it corrects: what is kept of its utilisation.
select
    told.legal_entity_code,
    told.period_month,
    told.practice_code,
    told.grade_code,
    told.closed_period_month,
    told.people_count,
    told.amber_width_rate,
{%- for measure in utilisation_minutes() %}
    told.{{ measure }}_minutes{{ ',' if not loop.last }}
{%- endfor %}
from {{ ref('int_utilisation_as_closed') }} as told
inner join {{ ref('int_closing_periods') }} as closing
    on told.legal_entity_code = closing.legal_entity_code
    and told.period_month = closing.period_month
