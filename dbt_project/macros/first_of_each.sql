{#
    Of the rows that share a key the first in an order that leaves no ties; `qualify`
    says it shorter, but not on every engine.

    relation: a CTE or a model; key: the columns; order: terms of `order by`, each with
    its `nulls first` or `nulls last`. Yields the relation's columns beside `row_place`,
    which the caller leaves behind.
#}
{% macro first_of_each(relation, key, order) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key | join(', ') }} order by {{ order | join(', ') }}
            ) as row_place
        from {{ relation }}
    ) as placed
    where row_place = 1
{%- endmacro %}
