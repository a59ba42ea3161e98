{#
    What was learned of closed periods of projects that no open period has taken: a relation
    like int_closed_differences, of the entities whose projects they are.
#}
{% macro waiting_differences() -%}
    select differences.*
    from {{ ref('int_closed_differences') }} as differences
    inner join {{ ref('dim_projects') }} as waiting_projects
        on differences.project_key = waiting_projects.project_key
        and differences.legal_entity_code = waiting_projects.legal_entity_code
    where differences.taker_month is null
{%- endmacro %}

{#
    A period's sums as its books were closed: what was kept of closed periods, what is known
    of all others, and what is known of closed ones beyond that in the period that takes it
    (period_month is null while none is open). Rows to be grouped, of the CTEs `known`,
    `kept`, `closed` and `takers`: `keys` tell them apart within an entity's period, `measures`
    add up, `attributes` are said of either, and `standing` is of a period itself, so that no
    difference has any of it.
#}
{% macro stacked_as_closed(keys, measures, attributes=[], standing=[]) -%}
    {%- set branches = [
        ('known', 'known.period_month', 'cast(null as date)', '', true),
        ('kept', 'kept.period_month', 'kept.closed_period_month', '', true),
        ('known', 'takers.taker_month', 'known.period_month', '', false),
        ('kept', 'takers.taker_month', closed_month('kept'), '-', false),
    ] -%}
    {%- for relation, period, of_closed, sign, stands in branches %}
    select
        {{ relation }}.legal_entity_code,
        {%- for key in keys %}
        {{ relation }}.{{ key }},
        {%- endfor %}
        {{ period }} as period_month,
        {{ of_closed }} as closed_period_month,
        {%- for measure in measures %}
        {{ sign }}{{ relation }}.{{ measure }} as {{ measure }},
        {%- endfor %}
        {%- for attribute in attributes %}
        {{ relation }}.{{ attribute }},
        {%- endfor %}
        {%- for column in standing %}
        {{ relation ~ '.' ~ column if stands else 'null' }} as {{ column }},
        {%- endfor %}
        {{ 'true' if stands else 'false' }} as is_of_period
    from {{ relation }}
    {%- if relation == 'known' %}
    {{ 'left' if stands else 'inner' }} join closed
        on known.legal_entity_code = closed.legal_entity_code
        and known.period_month = closed.period_month
    {%- endif %}
    {%- if not stands %}
    inner join takers
        on {{ relation }}.legal_entity_code = takers.legal_entity_code
        and {{ of_closed }} = takers.period_month
    {%- elif relation == 'known' %}
    where closed.period_month is null
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The closed period that a kept row tells of: its own, or an earlier one that it corrects. #}
{% macro closed_month(relation) -%}
    coalesce({{ relation }}.closed_period_month, {{ relation }}.period_month)
{%- endmacro %}

{# Whether one of some measures is not nothing. #}
{% macro any_is_something(relation, measures) -%}
    (
        {%- for measure in measures %}
        {{ 'or ' if not loop.first }}{{ relation }}.{{ measure }} != 0
        {%- endfor %}
    )
{%- endmacro %}

{# What is kept of the charges of an entity's period. #}
{% macro charge_measures() -%}
    {{ return([
        'charge_amount', 'cost_amount', 'reporting_charge_amount', 'reporting_cost_amount'
    ]) }}
{%- endmacro %}
