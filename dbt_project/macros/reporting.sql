{#
    The join that finds a month's average and closing rate to the reporting currency.
    An amount in the reporting currency itself finds none and stays as it is.
#}
{% macro join_reporting_rate(alias, currency, month) -%}
    left join {{ ref('dim_fx_period_rates') }} as {{ alias }}
        on {{ currency }} = {{ alias }}.from_currency_code
        and {{ alias }}.to_currency_code = {{ reporting_currency() }}
        and {{ month }} = {{ alias }}.period_month
{%- endmacro %}

{# The currency that group figures are in, as an SQL text. #}
{% macro reporting_currency() -%}
    '{{ var("reporting_currency", "USD") }}'
{%- endmacro %}
