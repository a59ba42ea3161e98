{#
    The mechanical checks of one table in one query, because a test node costs more than
    the query in it: `key` (list) is never null and never repeated, `required` (list) is
    never null; `nullable` (list) is part of the key and may be null. For the same reason
    an audit asks all tables of a layer at once (`declared_keys`); this is for one by hand.
#}
{% test keys_are_sound(model, key, required=[], nullable=[]) %}

select message
from (
    select {{ broken_keys(key, required, nullable) }} as message
    from {{ model }}
) as told
where message is not null

{% endtest %}

{# What is wrong with the keys of all rows, as one text; null when nothing is. #}
{% macro broken_keys(key, required=[], nullable=[]) -%}
    {%- set parts = key + nullable -%}
    {%- set whole = parts[0] if parts | length == 1 else '(' ~ parts | join(', ') ~ ')' -%}
    nullif(concat_ws(
        ', '
        {%- for column in key + required %},
        case
            when count({{ column }}) < count(*)
                then cast(count(*) - count({{ column }}) as varchar) || ' null in {{ column }}'
        end
        {%- endfor %},
        case
            when count(distinct {{ whole }}) < count({{ whole }})
                then cast(count({{ whole }}) - count(distinct {{ whole }}) as varchar)
                    || ' repeated {{ parts | join(" + ") }}'
        end
    ), '')
{%- endmacro %}

{#
    The tables of a schema whose keys are not sound, of all that declare `keys_are_sound`
    beside their columns: one row each, with what is wrong.
#}
{% macro declared_keys(schema) -%}
    {%- set checks = [] -%}
    {%- for test in (graph.nodes.values() if execute else []) | sort(attribute='unique_id') -%}
        {%- if test.get('test_metadata') and test.test_metadata.name == 'keys_are_sound' -%}
            {%- set table, told = graph.nodes[test.attached_node], test.test_metadata.kwargs -%}
            {%- if table.schema == schema
                and table.fqn[2] not in absent_vendors() -%}
                {%- set broken = broken_keys(
                    told.key, told.get('required', []), told.get('nullable', [])
                ) -%}
                {%- do checks.append(
                    "select '" ~ table.name ~ ": ' || " ~ broken ~ " as message from "
                    ~ table.relation_name
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    select message
    from ({{ checks | join('\nunion all\n') or "select '' as message" }}) as told
    where message != ''
{%- endmacro %}
