{#
    The weighted median of each group: the value up to which half of the weight lies. When
    exactly half lies up to a value, it is the middle between that one and the next.

    relation: a CTE; key: the columns naming a group; value, weight: its columns, the
    weight positive. Yields the key and `median_value` decimal(18, 1) for whole values.
#}
{% macro weighted_median(relation, key, value, weight) -%}
    {%- set by_key = key | join(', ') -%}
    select
        {{ by_key }},
        cast({{ ratio(
            'min(case when weight_to * 2 >= weight_total then median_step end)'
            ~ ' + min(case when weight_to * 2 > weight_total then median_step end)', '2', 1
        ) }} as decimal(18, 1)) as median_value
    from (
        select
            {{ by_key }},
            median_step,
            sum(step_weight) over (
                partition by {{ by_key }}
                order by median_step nulls last
                rows between unbounded preceding and current row
            ) as weight_to,
            sum(step_weight) over (partition by {{ by_key }}) as weight_total
        from (
            select
                {{ by_key }},
                {{ value }} as median_step,
                sum({{ weight }}) as step_weight
            from {{ relation }}
            where {{ value }} is not null
            group by {{ by_key }}, {{ value }}
        ) as steps
    ) as weighed
    group by {{ by_key }}
{%- endmacro %}
