{# The Monday of a date's ISO week, as a date. #}
{% macro week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{# The first day of a date's month, as a date: the `period_month` of business facts. #}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{# The first day of a date's calendar year, as a date. #}
{% macro year_start(day) -%}
    cast(date_trunc('year', {{ day }}) as date)
{%- endmacro %}

{# The last day of a date's month, as a date. #}
{% macro month_end(day) -%}
    cast(last_day({{ day }}) as date)
{%- endmacro %}

{#
    The end of a half-open validity: the given date, or the far future when there is
    none. An `or ... is null` in the join instead would cost a nested loop.
#}
{% macro open_end(day) -%}
    coalesce({{ day }}, date '9999-12-31')
{%- endmacro %}
