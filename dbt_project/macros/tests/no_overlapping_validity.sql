{#
    Half-open ranges of one key neither overlap nor are empty: an overlapping rate
    joined by date would double a cost without a sound.
#}
{% test no_overlapping_validity(model, key, valid_from='valid_from', valid_to='valid_to') %}

with

ranges as (
    select
        {{ key | join(', ') }},
        {{ valid_from }} as starts_on,
        {{ open_end(valid_to) }} as ends_on,
        lead({{ valid_from }}) over (
            partition by {{ key | join(', ') }}
            order by {{ valid_from }} nulls first, {{ valid_to }} nulls last
        ) as next_starts_on
    from {{ model }}
)

select *
from ranges
where starts_on is null or ends_on <= starts_on or next_starts_on < ends_on

{% endtest %}
