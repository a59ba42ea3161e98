{#
    The rows of a contract of dated records that count: those that stand, and of what is gone
    what held before the first of its owner that stands. What is gone was perhaps never so, but
    where nothing else says what was so, it is the last that is known.

    contract: one with `valid_from` and `is_deleted`; owner: the column of whose it is, within
    an instance. Yields the contract's columns.
#}
{% macro last_known(contract, owner) -%}
    select told.*
    from {{ ref(contract) }} as told
    left join (
        select
            source_instance,
            {{ owner }},
            min(valid_from) as first_day
        from {{ ref(contract) }}
        where not coalesce(is_deleted, false)
        group by source_instance, {{ owner }}
    ) as standing
        on told.source_instance = standing.source_instance
        and told.{{ owner }} = standing.{{ owner }}
    where
        not coalesce(told.is_deleted, false)
        or standing.first_day is null
        or told.valid_from < standing.first_day
{%- endmacro %}
