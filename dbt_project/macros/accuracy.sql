{# What a forecast is held to, measure by measure. #}
{% macro forecast_measures() -%}
    {{ return(['revenue', 'cost', 'margin']) }}
{%- endmacro %}

{# Both sides of the rows grouped: what was forecast, and what it came to. #}
{% macro forecast_sides() -%}
    {%- for measure in forecast_measures() %}
        {{ known_sum('forecast_' ~ measure ~ '_amount') }} as forecast_{{ measure }}_amount,
        {{ known_sum('actual_' ~ measure ~ '_amount') }} as actual_{{ measure }}_amount
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Sums over months: both sides, |A| and |F - A|. #}
{% macro forecast_errors() -%}
    {{ forecast_sides() }},
    {%- for measure in forecast_measures() %}
        {{ known_sum('abs(actual_' ~ measure ~ '_amount)') }} as absolute_{{ measure }}_amount,
        {{ known_sum(
            'abs(forecast_' ~ measure ~ '_amount - actual_' ~ measure ~ '_amount)'
        ) }}
            as {{ measure }}_error_amount{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The sums, typed, and their ratios; null where nothing came of the months. #}
{% macro accuracy_measures(relation) -%}
    {%- for measure in forecast_measures() %}
    cast({{ relation }}.forecast_{{ measure }}_amount as decimal(18, 4))
        as forecast_{{ measure }}_amount,
    cast({{ relation }}.actual_{{ measure }}_amount as decimal(18, 4))
        as actual_{{ measure }}_amount,
    cast({{ relation }}.absolute_{{ measure }}_amount as decimal(18, 4))
        as absolute_{{ measure }}_amount,
    cast({{ relation }}.{{ measure }}_error_amount as decimal(18, 4))
        as {{ measure }}_error_amount,
    cast({{ ratio(
        relation ~ '.' ~ measure ~ '_error_amount',
        relation ~ '.absolute_' ~ measure ~ '_amount', 6
    ) }} as decimal(18, 6)) as {{ measure }}_wape_rate,
    cast({{ ratio(
        relation ~ '.forecast_' ~ measure ~ '_amount - '
        ~ relation ~ '.actual_' ~ measure ~ '_amount',
        relation ~ '.actual_' ~ measure ~ '_amount', 6
    ) }} as decimal(18, 6)) as {{ measure }}_bias_rate{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
