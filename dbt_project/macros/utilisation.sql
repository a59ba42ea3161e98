{# The minutes that weeks and months of utilisation add up. #}
{% macro utilisation_minutes() -%}
    {{ return([
        'working', 'available', 'capacity', 'annual', 'approved', 'billable',
        'non_billable', 'billed', 'internal', 'credited', 'submitted', 'utilised', 'base', 'target',
    ]) }}
{%- endmacro %}

{# A period's sums of the daily minutes, over the rows grouped. #}
{% macro summed_utilisation() -%}
    {%- for measure in utilisation_minutes() %}
        sum({{ measure }}_minutes) as {{ measure }}_minutes,
    {%- endfor %}
    max(amber_width_rate) as amber_width_rate
{%- endmacro %}

{# The measures of utilisation, the same for every group and period: hours and rates. #}
{% macro utilisation_measures(relation) -%}
    {%- for measure in utilisation_minutes() %}
    cast({{ ratio(relation ~ '.' ~ measure ~ '_minutes', '60', 2) }} as decimal(18, 2))
        as {{ measure }}_hours,
    {%- endfor %}
    {{ utilisation_rate(relation, 'billable', 'capacity', 'billable') }},
    {{ utilisation_rate(relation, 'billable', 'available', 'available') }},
    {{ utilisation_rate(relation, 'billable', 'annual', 'annual') }},
    {{ utilisation_rate(relation, 'billed', 'capacity', 'billed') }},
    {{ utilisation_rate(relation, 'approved', 'capacity', 'total') }},
    {{ utilisation_rate(relation, 'internal', 'capacity', 'internal') }},
    {{ utilisation_rate(relation, 'credited', 'capacity', 'credited') }},
    {{ against_target(relation, 'utilised', 'base') }}
{%- endmacro %}

{% macro utilisation_rate(relation, counted, base, name) -%}
    cast({{ ratio(
        relation ~ '.' ~ counted ~ '_minutes', relation ~ '.' ~ base ~ '_minutes', 6
    ) }} as decimal(18, 6)) as {{ name }}_utilisation_rate
{%- endmacro %}

{#
    A rate, the target of its base and the band they make: green at the target or above,
    amber within the width that policy gives it, red below; none without either.
#}
{% macro against_target(relation, counted, base) -%}
    {%- set rate = ratio(
        relation ~ '.' ~ counted ~ '_minutes', relation ~ '.' ~ base ~ '_minutes', 6
    ) -%}
    {%- set target = ratio(
        relation ~ '.target_minutes', relation ~ '.' ~ base ~ '_minutes', 6
    ) -%}
    cast({{ rate }} as decimal(18, 6)) as utilisation_rate,
    cast({{ target }} as decimal(18, 6)) as target_rate,
    case
        when {{ rate }} >= {{ target }} then 'green'
        when {{ rate }} >= {{ target }} - {{ relation }}.amber_width_rate then 'amber'
        when {{ rate }} < {{ target }} then 'red'
    end as band
{%- endmacro %}
