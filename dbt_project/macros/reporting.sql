{#
    The join that finds the average and closing rate of the period that a day is in, which
    `join_period` has found. An amount in that currency itself finds none.
#}
{% macro join_period_rate(alias, currency, to, periods, day) -%}
    left join {{ ref('dim_fx_period_rates') }} as {{ alias }}
        on {{ currency }} = {{ alias }}.from_currency_code
        and {{ to }} = {{ alias }}.to_currency_code
        and {{ period_start(periods, day) }} = {{ alias }}.period_month
        and {{ period_end(periods, day) }} = {{ alias }}.period_end_date
{%- endmacro %}

{# The same to the reporting currency. #}
{% macro join_reporting_rate(alias, currency, periods, day) -%}
    {{ join_period_rate(alias, currency, reporting_currency(), periods, day) }}
{%- endmacro %}

{# The currency that group figures are in, as an SQL text. #}
{% macro reporting_currency() -%}
    '{{ var("reporting_currency", "USD") }}'
{%- endmacro %}
