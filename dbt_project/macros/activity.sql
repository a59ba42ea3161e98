{# What is summed of a project's day, week or month; amounts in functional currency. #}
{% macro activity_measures() -%}
    {{ return([
        'approved_minutes',
        'submitted_minutes',
        'standard_value_amount',
        'contract_recognised_amount',
        'contract_write_down_amount',
        'contract_billed_amount',
        'recognised_amount',
        'write_down_amount',
        'billed_amount',
        'labour_raw_provisional_amount',
        'labour_provisional_amount',
        'labour_raw_actual_amount',
        'labour_actual_amount',
        'burden_actualisation_amount',
        'labour_cost_amount',
        'subcontractor_accrual_amount',
        'subcontractor_amount',
        'expense_amount',
        'loss_provision_amount',
    ]) }}
{%- endmacro %}

{# The amounts that are stated in the reporting currency too. #}
{% macro reported_measures() -%}
    {{ return([
        'recognised', 'write_down', 'billed', 'labour_cost',
        'subcontractor', 'expense', 'loss_provision',
    ]) }}
{%- endmacro %}

{# All measures of a stacked row, the given ones as expressions and the others 0. #}
{% macro activity_row(values) -%}
    {%- for measure in activity_measures() %}
        {{ values.get(measure, '0') }} as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The sums of a day's stacked rows. #}
{% macro known_activity() -%}
    {%- for measure in activity_measures() %}
        coalesce(sum({{ measure }}), 0) as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The amounts of the activity, typed. #}
{% macro activity_amounts(relation) -%}
    {%- for measure in activity_measures()[2:] %}
        cast({{ relation }}.{{ measure }} as decimal(18, 4)) as {{ measure }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# What is reported of the activity, at a rate to the reporting currency. #}
{% macro reported_amounts(relation, currency, rate) -%}
    {%- for measure in reported_measures() %}
        cast({{ translated(
            relation ~ '.' ~ measure ~ '_amount', currency, reporting_currency(), rate
        ) }} as decimal(18, 4)) as reporting_{{ measure }}_amount
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
