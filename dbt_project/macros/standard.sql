{#
    The people of a relation stacked at every width of group, from practice to everybody:
    «*» in what a width does not tell apart.
#}
{% macro standard_levels(relation) -%}
    {%- set told_apart = ['worker_type', 'grade_code', 'legal_entity_code', 'practice_code'] -%}
    {%- for kept in [4, 3, 2, 1, 0] %}
    select
        valid_from,
        {{ loop.index }} as width,
        {%- for column in told_apart %}
        {{ column if loop.index0 < kept else "'*'" }} as {{ column }},
        {%- endfor %}
        hourly_rate
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    What a standard rate is rounded to: so many steps, each 1, 2 or 5 of its decade and 4 to
    10 % of it. One person of a group that is large enough does not move it by half of that.
#}
{% macro standard_step(rate, steps) -%}
    {{ steps }} * case
        when {{ rate }} < 2 then 0.1
        when {{ rate }} < 5 then 0.2
        when {{ rate }} < 12 then 0.5
        when {{ rate }} < 25 then 1
        when {{ rate }} < 50 then 2
        when {{ rate }} < 125 then 5
        when {{ rate }} < 250 then 10
        when {{ rate }} < 500 then 20
        when {{ rate }} < 1250 then 50
        when {{ rate }} < 2500 then 100
        when {{ rate }} < 5000 then 200
        when {{ rate }} < 12500 then 500
        when {{ rate }} < 25000 then 1000
        when {{ rate }} < 50000 then 2000
        when {{ rate }} < 125000 then 5000
        else 10000
    end
{%- endmacro %}
