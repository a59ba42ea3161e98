{# A period's sums of the daily activity, over the rows grouped. #}
{% macro summed_activity() -%}
    {%- for measure in activity_measures() + ['total_cost_amount'] %}
        sum({{ measure }}) as {{ measure }},
    {%- endfor %}
    {%- for measure in reported_measures() %}
        {{ known_sum('reporting_' ~ measure ~ '_amount') }} as reporting_{{ measure }}_amount
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    What a period of a project adds up to: its activity and what was planned for it.
    Margin is recognised revenue less all cost that was not put off and less what was
    provided for losses;
    provisional is the cost that payroll or a vendor's bill has not confirmed yet.
#}
{% macro period_measures(activity, planned) -%}
    coalesce({{ planned }}.planned_minutes, 0) as planned_minutes,
    coalesce({{ planned }}.planned_cost_amount, 0) as planned_cost_amount,
    {%- for measure in activity_measures() + ['total_cost_amount'] %}
    coalesce({{ activity }}.{{ measure }}, 0) as {{ measure }},
    {%- endfor %}
    {%- for measure in reported_measures() %}
    {{ or_nothing(activity, 'reporting_' ~ measure ~ '_amount') }}
        as reporting_{{ measure }}_amount,
    {%- endfor %}
    coalesce(
        {{ activity }}.labour_cost_amount
        - {{ activity }}.labour_actual_amount
        + {{ activity }}.subcontractor_accrual_amount,
        0
    ) as provisional_cost_amount,
    coalesce(
        {{ activity }}.recognised_amount
        - {{ activity }}.total_cost_amount
        - {{ activity }}.loss_provision_amount,
        0
    ) as margin_amount
{%- endmacro %}

{#
    The measures of a project's margin, the same for every period a mart has: hours,
    amounts in the functional currency of the project's entity, the rates, and what is
    reported in the reporting currency (whose total and margin are sums of its parts).
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
    cast({{ relation }}.recognised_amount as decimal(18, 4)) as recognised_revenue_amount,
    cast({{ relation }}.write_down_amount as decimal(18, 4)) as write_down_amount,
    cast({{ relation }}.billed_amount as decimal(18, 4)) as billed_amount,
    {%- for measure in activity_measures()[9:15] %}
    cast({{ relation }}.{{ measure }} as decimal(18, 4)) as {{ measure }},
    {%- endfor %}
    cast({{ relation }}.subcontractor_amount as decimal(18, 4)) as subcontractor_amount,
    cast({{ relation }}.expense_amount as decimal(18, 4)) as expense_amount,
    cast({{ relation }}.deferred_cost_amount as decimal(18, 4)) as deferred_cost_amount,
    cast({{ relation }}.total_cost_amount as decimal(18, 4)) as total_cost_amount,
    cast({{ relation }}.provisional_cost_amount as decimal(18, 4)) as provisional_cost_amount,
    cast({{ relation }}.loss_provision_amount as decimal(18, 4)) as loss_provision_amount,
    cast({{ relation }}.margin_amount as decimal(18, 4)) as margin_amount,
    cast(
        {{ ratio(relation ~ '.margin_amount', relation ~ '.recognised_amount', 6) }}
        as decimal(18, 6)
    ) as margin_rate,
    cast(
        {{ ratio(relation ~ '.provisional_cost_amount', relation ~ '.total_cost_amount', 6) }}
        as decimal(18, 6)
    ) as provisional_cost_share_rate,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast({{ relation }}.reporting_recognised_amount as decimal(18, 4))
        as reporting_revenue_amount,
    cast({{ reported_cost(relation) }} as decimal(18, 4)) as reporting_total_cost_amount,
    cast(
        {{ relation }}.reporting_recognised_amount
        - ({{ reported_cost(relation) }})
        - {{ relation }}.reporting_loss_provision_amount as decimal(18, 4)
    ) as reporting_margin_amount
{%- endmacro %}

{% macro reported_cost(relation) -%}
    {{ relation }}.reporting_labour_cost_amount
    + {{ relation }}.reporting_subcontractor_amount
    + {{ relation }}.reporting_expense_amount
    - {{ relation }}.reporting_deferred_cost_amount
{%- endmacro %}
