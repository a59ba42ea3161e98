{#
    What was known of records, state by state, and from which day to which: from the day that
    landing saw it to the day that it saw something else. What landing saw when it first saw
    anything of an instance stands for all that was before. Of a record without versions what
    is current counts for all time.

    versions, current: relations with `source_instance`, the record's `key` and the `columns`,
    the former with `landed_at` too; order_by: the order in which versions were seen.
#}
{% macro known_states(versions, current, key, columns, order_by) -%}
    {%- set told = ['source_instance', key] + columns -%}
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
        from (

            select
                {{ told | join(', ') }},
                landed_at,
                cast(landed_at as date) as landed_on
            from {{ versions }}

            union all

            select
                {{ told | join(', ') }},
                cast(null as timestamp) as landed_at,
                cast(null as date) as landed_on
            from {{ current }}
            left join (
                select distinct
                    source_instance as of_instance,
                    {{ key }} as of_record
                from {{ versions }}
            ) as versioned
                on source_instance = versioned.of_instance
                and {{ key }} = versioned.of_record
            where versioned.of_record is null

        ) as stated
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
