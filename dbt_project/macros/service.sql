{#
    How much of a service is over at a day's end, first and last day included: in days, or
    in millionths of months, of which the first and the last are half a one where they are
    served in part. A month that is not over counts by its days of service. Null where the
    service has no first or last day.
#}
{% macro service_over(basis, start, end, day) -%}
    case
        when {{ start }} is null or {{ end }} is null then null
        when least({{ day }}, {{ end }}) < {{ start }} then cast(0 as decimal(18, 4))
        when {{ basis }} = 'days'
            then cast(
                {{ dbt.datediff(start, 'least(' ~ day ~ ', ' ~ end ~ ')', 'day') }} + 1
                as decimal(18, 4)
            )
        else cast(
            1000000 * {{ dbt.datediff(
                month_start(start), month_start('least(' ~ day ~ ', ' ~ end ~ ')'), 'month'
            ) }}
            - case
                when
                    {{ start }} > {{ month_start(start) }}
                    and {{ month_start('least(' ~ day ~ ', ' ~ end ~ ')') }}
                    > {{ month_start(start) }}
                    then 500000
                else 0
            end
            + {{ month_served(start, end, 'least(' ~ day ~ ', ' ~ end ~ ')') }}
            as decimal(18, 4)
        )
    end
{%- endmacro %}

{# Of the month that a day of service is in, what is over: in millionths of months. #}
{% macro month_served(start, end, day) -%}
    {%- set first = 'greatest(' ~ start ~ ', ' ~ month_start(day) ~ ')' -%}
    {%- set last = 'least(' ~ end ~ ', ' ~ month_end(day) ~ ')' -%}
    {{ rounded_product(
        [
            'case when ' ~ first ~ ' = ' ~ month_start(day) ~ ' and ' ~ last ~ ' = '
            ~ month_end(day) ~ ' then 1000000 else 500000 end',
            '(' ~ dbt.datediff(first, day, 'day') ~ ' + 1)',
        ], 4, divided_by='(' ~ dbt.datediff(first, last, 'day') ~ ' + 1)'
    ) }}
{%- endmacro %}
