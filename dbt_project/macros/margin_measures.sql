{#
    What a period of a project adds up to: its activity and what was planned for it.
    Margin is recognised revenue less all cost; provisional is the cost that payroll or
    a vendor's bill has not confirmed yet.
#}
{% macro period_measures(activity, planned) -%}
    coalesce({{ activity }}.approved_minutes, 0) as approved_minutes,
    coalesce({{ activity }}.submitted_minutes, 0) as submitted_minutes,
    coalesce({{ planned }}.planned_minutes, 0) as planned_minutes,
    coalesce({{ planned }}.planned_cost_amount, 0) as planned_cost_amount,
    coalesce({{ activity }}.standard_value_amount, 0) as standard_value_amount,
    coalesce({{ activity }}.recognised_amount, 0) as recognised_revenue_amount,
    coalesce({{ activity }}.billed_amount, 0) as billed_amount,
    coalesce({{ activity }}.labour_provisional_amount, 0) as labour_provisional_amount,
    coalesce({{ activity }}.labour_actual_amount, 0) as labour_actual_amount,
    coalesce({{ activity }}.labour_cost_amount, 0) as labour_cost_amount,
    coalesce({{ activity }}.subcontractor_amount, 0) as subcontractor_amount,
    coalesce({{ activity }}.expense_amount, 0) as expense_amount,
    coalesce({{ activity }}.total_cost_amount, 0) as total_cost_amount,
    coalesce(
        {{ activity }}.labour_cost_amount
        - {{ activity }}.labour_actual_amount
        + {{ activity }}.subcontractor_accrual_amount,
        0
    ) as provisional_cost_amount,
    coalesce({{ activity }}.recognised_amount - {{ activity }}.total_cost_amount, 0)
        as margin_amount
{%- endmacro %}

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
