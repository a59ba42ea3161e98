{#
    The steps of a running total that last: what lowers the total later is taken from the
    newest steps before it, and the total never falls below 0. So every step is positive
    or 0, and the steps add up to what is left in the end.

    relation: a CTE; key: the columns naming a total; total: its column; place: the
    columns that order its steps, unique within the key. Yields the relation's columns,
    `lasting_from` and `lasting_to`: the range of the total that the step covers.
#}
{% macro lasting_steps(relation, key, total, place) -%}
    {%- set by_key = key | join(', ') -%}
    {%- set in_order = (place | join(' nulls last, ')) ~ ' nulls last' -%}
    select
        lasting.*,
        lag(lasting.lasting_to, 1, 0) over (
            partition by {{ by_key }}
            order by {{ in_order }}
        ) as lasting_from
    from (
        select
            {{ relation }}.*,
            greatest(
                min({{ total }}) over (
                    partition by {{ by_key }}
                    order by {{ in_order }}
                    rows between current row and unbounded following
                ), 0
            ) as lasting_to
        from {{ relation }}
    ) as lasting
{%- endmacro %}
