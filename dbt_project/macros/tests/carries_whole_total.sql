{#
    Nothing was lost or doubled on the way: the total of a column equals the total of
    the column it came from. `source_filter` states which source rows should arrive.
#}
{% test carries_whole_total(model, column_name, source_model, source_column, source_filter='true') %}

with

expected as (
    select coalesce(sum({{ source_column }}), 0) as amount
    from {{ source_model }}
    where {{ source_filter }}
),

carried as (select coalesce(sum({{ column_name }}), 0) as amount from {{ model }})

select
    expected.amount as expected_amount,
    carried.amount as carried_amount
from expected
cross join carried
where expected.amount != carried.amount

{% endtest %}
