{#
    The measures of a project's margin, the same for every period a mart has: hours,
    amounts in the functional currency of the project's entity, and the two rates.
#}
{% macro margin_measures(relation) -%}
    cast({{ ratio(relation ~ '.approved_minutes', '60', 2) }} as decimal(18, 2))
        as approved_hours,
    cast({{ ratio(relation ~ '.submitted_minutes', '60', 2) }} as decimal(18, 2))
        as submitted_hours,
    cast({{ ratio(relation ~ '.planned_minutes', '60', 2) }} as decimal(18, 2))
        as planned_hours,
    cast({{ relation }}.planned_cost_amount as decimal(18, 4)) as planned_cost_amount,
    cast({{ relation }}.standard_value_amount as decimal(18, 4)) as standard_value_amount,
    cast({{ relation }}.recognised_revenue_amount as decimal(18, 4))
        as recognised_revenue_amount,
    cast({{ relation }}.billed_amount as decimal(18, 4)) as billed_amount,
    cast({{ relation }}.labour_provisional_amount as decimal(18, 4))
        as labour_provisional_amount,
    cast({{ relation }}.labour_actual_amount as decimal(18, 4)) as labour_actual_amount,
    cast({{ relation }}.labour_cost_amount as decimal(18, 4)) as labour_cost_amount,
    cast({{ relation }}.subcontractor_amount as decimal(18, 4)) as subcontractor_amount,
    cast({{ relation }}.expense_amount as decimal(18, 4)) as expense_amount,
    cast({{ relation }}.total_cost_amount as decimal(18, 4)) as total_cost_amount,
    cast({{ relation }}.provisional_cost_amount as decimal(18, 4)) as provisional_cost_amount,
    cast({{ relation }}.margin_amount as decimal(18, 4)) as margin_amount,
    cast(
        {{ ratio(relation ~ '.margin_amount', relation ~ '.recognised_revenue_amount', 6) }}
        as decimal(18, 6)
    ) as margin_rate,
    cast(
        {{ ratio(relation ~ '.provisional_cost_amount', relation ~ '.total_cost_amount', 6) }}
        as decimal(18, 6)
    ) as provisional_cost_share_rate
{%- endmacro %}
