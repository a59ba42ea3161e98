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
        'deferred_cost_amount',
        'loss_provision_amount',
    ]) }}
{%- endmacro %}

{# The amounts that are stated in the reporting currency too. #}
{% macro reported_measures() -%}
    {{ return([
        'recognised', 'write_down', 'billed', 'labour_cost',
        'subcontractor', 'expense', 'deferred_cost', 'loss_provision',
    ]) }}
{%- endmacro %}

{# Whether one of them is not known in the reporting currency. #}
{% macro is_unreported() -%}
    (
    {%- for measure in reported_measures() %}
        {{ 'or ' if not loop.first }}reporting_{{ measure }}_amount is null
    {%- endfor %}
    )
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
        cast(
            {{ reported_amount(relation ~ '.' ~ measure ~ '_amount', currency, rate) }}
            as decimal(18, 4)
        ) as reporting_{{ measure }}_amount
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Everything that is told of a project's day: what is summed, and what is reported of it. #}
{% macro told_measures() -%}
    {%- set told = activity_measures() + ['total_cost_amount'] -%}
    {%- for measure in reported_measures() -%}
        {%- do told.append('reporting_' ~ measure ~ '_amount') -%}
    {%- endfor -%}
    {{ return(told) }}
{%- endmacro %}

{# What is stated in the contract's currency, and what says it in the functional one. #}
{% macro contract_measures() -%}
    {{ return({
        'contract_recognised_amount': 'recognised_amount',
        'contract_write_down_amount': 'write_down_amount',
        'contract_billed_amount': 'billed_amount',
    }) }}
{%- endmacro %}

{# The same of a relation, with a minus where it is to be taken off; 0 if only some count. #}
{% macro told_of(relation=none, sign='', only=none) -%}
    {%- set whose = relation ~ '.' if relation else '' -%}
    {%- for measure in told_measures() %}
        {% if only is none or measure in only -%}
            {{ sign }}{{ whose }}{{ measure }} as {{ measure }}
        {%- else -%}
            0 as {{ measure }}
        {%- endif -%}
        {{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Their sums over the rows grouped. #}
{% macro told_sums() -%}
    {%- for measure in told_measures() %}
        {{ known_sum(measure) }} as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Whether any of them is something. #}
{% macro told_anything(relation) -%}
    {%- for measure in told_measures() -%}
        {{ ' or ' if not loop.first }}{{ relation }}.{{ measure }} != 0
    {%- endfor -%}
{%- endmacro %}

{# The same, typed: minutes whole, amounts decimal. #}
{% macro told_typed(relation) -%}
    {%- for measure in told_measures() %}
        cast({{ relation }}.{{ measure }} as
            {{- ' bigint' if measure.endswith('_minutes') else ' decimal(18, 4)' -}}
        ) as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    What the measures of a difference come of, in words: hours, payroll, rates of cost,
    bills of others, expenses, invoices, and the contract where nothing of these moved. At
    standard cost (`is_actual` is false) payroll says nothing.
#}
{% macro what_moved(relation, is_actual='true') -%}
    coalesce(nullif(concat_ws(
        ', ',
        case
            when {{ relation }}.approved_minutes != 0 or {{ relation }}.submitted_minutes != 0
                then 'time'
        end,
        case
            when {{ relation }}.labour_raw_actual_amount != 0 and {{ is_actual }} then 'payroll'
        end,
        case
            when {{ relation }}.approved_minutes = 0
                and ({{ relation }}.labour_raw_actual_amount = 0 or not {{ is_actual }})
                and {{ relation }}.labour_cost_amount != 0
                then 'rates of cost'
        end,
        case when {{ relation }}.subcontractor_amount != 0 then 'bills and orders' end,
        case when {{ relation }}.expense_amount != 0 then 'expenses' end,
        case when {{ relation }}.contract_billed_amount != 0 then 'invoices' end,
        case when {{ relation }}.contract_write_down_amount != 0 then 'discounts' end
    ), ''), 'terms, estimates or rates')
{%- endmacro %}
