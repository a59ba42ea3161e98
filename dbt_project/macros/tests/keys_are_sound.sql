{#
    The mechanical checks of one table in one query, because a test node costs more
    than the query in it: `key` (list) is never null and never repeated, `required`
    (list) is never null; `nullable` (list) is part of the key and may be null. One row
    per broken rule, with how many rows break it.
#}
{% test keys_are_sound(model, key, required=[], nullable=[]) %}
{%- set whole_key = key + nullable %}

with

rows_checked as (select * from {{ model }}),

nulls as (
    {% for column in key + required %}
    select
        'null in {{ column }}' as broken_rule,
        count(*) as rows_count
    from rows_checked
    where {{ column }} is null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

repeated as (
    select {{ whole_key | join(', ') }}
    from rows_checked
    group by {{ whole_key | join(', ') }}
    having count(*) > 1
)

select * from nulls where rows_count > 0

union all

select
    'repeated {{ whole_key | join(" + ") }}' as broken_rule,
    count(*) as rows_count
from repeated
having count(*) > 0

{% endtest %}
