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

{# The day before a date. #}
{% macro day_before(day) -%}
    cast({{ dbt.dateadd('day', -1, day) }} as date)
{%- endmacro %}

{# Every day that anything may be dated, as `date_day`. #}
{% macro every_day() -%}
    select cast({{ dbt.dateadd('day', 'range', "date '1990-01-01'") }} as date) as date_day
    from range(36525)
{%- endmacro %}

{#
    The join that finds the fiscal period of a legal entity that a day is in; its first
    and last day are `period_start` and `period_end` of the same alias. What belongs to no
    entity with books is counted by calendar months.
#}
{% macro join_period(alias, entity, day) -%}
    left join {{ ref('dim_entity_dates') }} as {{ alias }}
        on {{ entity }} = {{ alias }}.legal_entity_code
        and {{ day }} = {{ alias }}.date_day
{%- endmacro %}

{% macro period_start(alias, day) -%}
    coalesce({{ alias }}.period_month, {{ month_start(day) }})
{%- endmacro %}

{% macro period_end(alias, day) -%}
    coalesce({{ alias }}.period_end_date, {{ month_end(day) }})
{%- endmacro %}

{#
    The periods of every entity, and calendar months for what belongs to none with books,
    whose `calendar_code` is «-».
#}
{% macro months_of_calendars() -%}
    select
        legal_entity_code as calendar_code,
        period_month,
        period_end_date
    from {{ ref('dim_periods') }}
    union all
    select distinct
        '-' as calendar_code,
        period_month,
        {{ month_end('period_month') }} as period_end_date
    from {{ ref('dim_dates') }}
{%- endmacro %}

{# The first day of the earliest period that the `first_date` of a query is in. #}
{% macro first_of_period(query) -%}
    select
        coalesce(min(periods.period_month), {{ month_start('min(found.first_date)') }})
            as first_date
    from ({{ query }}) as found
    left join {{ ref('dim_entity_dates') }} as periods
        on found.first_date = periods.date_day
{%- endmacro %}

{#
    The end of a half-open validity: the given date, or the far future when there is
    none. An `or ... is null` in the join instead would cost a nested loop.
#}
{% macro open_end(day) -%}
    coalesce({{ day }}, date '9999-12-31')
{%- endmacro %}

{#
    Where a period is in its entity's fiscal year, by `periods`, its row of dim_periods: the
    first days of quarter and year, and the numbers. Of what is in no calendar, the month's.
#}
{% macro fiscal_place(periods, month) -%}
    coalesce(
        {{ periods }}.quarter_start_date, cast(date_trunc('quarter', {{ month }}) as date)
    ) as quarter_start_date,
    coalesce({{ periods }}.fiscal_year_start_date, {{ year_start(month) }})
        as fiscal_year_start_date,
    cast(coalesce({{ periods }}.fiscal_year, year({{ month }})) as integer) as fiscal_year,
    cast(coalesce({{ periods }}.quarter_no, quarter({{ month }})) as integer) as quarter_no,
    cast(coalesce({{ periods }}.period_no, month({{ month }})) as integer) as period_no
{%- endmacro %}

{# The windows of the fiscal quarter and year so far, of what the columns `key` tell apart. #}
{% macro so_far(key, relation) -%}
    {%- for name, start in [
        ('quarter_so_far', 'quarter_start_date'), ('year_so_far', 'fiscal_year_start_date')
    ] %}
    {{ name }} as (
        partition by
            {% for column in key -%} {{ relation }}.{{ column }}, {% endfor -%}
            {{ relation }}.{{ start }}
        order by {{ relation }}.period_month nulls last
        rows between unbounded preceding and current row
    ){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    Amounts of the fiscal quarter and year so far, over the windows of `so_far`:
    {name: column}.
#}
{% macro to_date_amounts(measures) -%}
    {%- for name, column in measures.items() %}
    cast(sum({{ column }}) over quarter_so_far as decimal(18, 4))
        as quarter_to_date_{{ name }}_amount,
    cast(sum({{ column }}) over year_so_far as decimal(18, 4))
        as year_to_date_{{ name }}_amount{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Whether all periods of the fiscal quarter and year so far are, over the same windows. #}
{% macro to_date_complete(is_complete) -%}
    bool_and({{ is_complete }}) over quarter_so_far as is_quarter_to_date_complete,
    bool_and({{ is_complete }}) over year_so_far as is_year_to_date_complete
{%- endmacro %}
