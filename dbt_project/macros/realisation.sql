{# A group's sums of realisation, over the rows grouped. #}
{% macro summed_realisation() -%}
    {%- for suffix in ['', '_to_date'] %}
        sum(approved_minutes{{ suffix }}) as approved_minutes{{ suffix }},
        {%- for measure in ['standard_value', 'recognised', 'billed', 'collected'] %}
        sum({{ measure }}{{ suffix }}_amount) as {{ measure }}{{ suffix }}_amount
        {{- ',' if not (loop.last and suffix) }}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#
    Realisation of a month and to date, the same for projects, practices and customers:
    billed over standard value, collected over billed, revenue over hours.
#}
{% macro realisation_measures(relation) -%}
    {%- for suffix in ['', '_to_date'] %}
    {%- set minutes = relation ~ '.approved_minutes' ~ suffix %}
    {%- set standard = relation ~ '.standard_value' ~ suffix ~ '_amount' %}
    {%- set recognised = relation ~ '.recognised' ~ suffix ~ '_amount' %}
    {%- set billed = relation ~ '.billed' ~ suffix ~ '_amount' %}
    {%- set collected = relation ~ '.collected' ~ suffix ~ '_amount' %}
    cast({{ ratio(minutes, '60', 2) }} as decimal(18, 2)) as approved_hours{{ suffix }},
    cast({{ standard }} as decimal(18, 4)) as standard_value{{ suffix }}_amount,
    cast({{ recognised }} as decimal(18, 4)) as recognised_revenue{{ suffix }}_amount,
    cast({{ billed }} as decimal(18, 4)) as billed{{ suffix }}_amount,
    cast({{ collected }} as decimal(18, 4)) as collected{{ suffix }}_amount,
    cast({{ ratio(billed, standard, 6) }} as decimal(18, 6))
        as billing_realisation{{ suffix }}_rate,
    cast({{ ratio(collected, billed, 6) }} as decimal(18, 6))
        as collection_realisation{{ suffix }}_rate,
    cast({{ ratio(recognised ~ ' * 60', minutes, 6) }} as decimal(18, 6))
        as effective_bill{{ suffix }}_rate
    {{- ',' if not suffix }}
    {%- endfor %}
{%- endmacro %}
