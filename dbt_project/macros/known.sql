{#
    From which day to which something stated was what was known: from the day that landing
    saw it (`landed_on`; null where it has no past) to the day that it saw something else.
    What landing saw when it first saw anything of an instance stands for all that was
    before. `key` is the record's, `order_by` the order in which it was seen.
#}
{% macro known_states(stated, key, order_by) -%}
    select
        *,
        lead(known_from, 1, date '9999-12-31') over states_of as known_to,
        lead(known_from) over states_of is null as is_current
    from (
        select
            *,
            case
                when landed_on > min(landed_on) over (partition by source_instance)
                    then landed_on
                else date '1900-01-01'
            end as known_from
        from {{ stated }}
    ) as seen
    window states_of as (partition by source_instance, {{ key }} order by {{ order_by }})
{%- endmacro %}

{#
    Whether what was known is what counts at the end of a month: what was on its last day; on
    the as-of date, what is.
#}
{% macro was_known(states, day, as_of_date) -%}
    case
        when {{ day }} < {{ as_of_date }}
            then {{ states }}.known_from <= {{ day }} and {{ states }}.known_to > {{ day }}
        else {{ states }}.is_current
    end
{%- endmacro %}
