{#
    What is left of an amount when what was billed is taken off the rows of its partition
    in the given order, the first ones first. Adds up to all less billed, never below 0.
#}
{% macro left_to_bill(amount, billed, key, order) -%}
    greatest(
        sum({{ amount }}) over (
            partition by {{ key }}
            order by {{ order | join(' nulls last, ') }} nulls last
            rows between unbounded preceding and current row
        ) - {{ billed }}, 0
    ) - greatest(
        sum({{ amount }}) over (
            partition by {{ key }}
            order by {{ order | join(' nulls last, ') }} nulls last
            rows between unbounded preceding and current row
        ) - {{ amount }} - {{ billed }}, 0
    )
{%- endmacro %}
