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

{#
    An amount in the reporting currency: not known without a rate to it, but nothing is
    nothing in any currency.
#}
{% macro reported_amount(amount, currency, rate) -%}
    case
        when {{ amount }} = 0 then 0
        else {{ translated(amount, currency, reporting_currency(), rate) }}
    end
{%- endmacro %}

{# The sum of amounts over the rows grouped; not known while one of them is not. #}
{% macro known_sum(amount) -%}
    case when count(*) = count({{ amount }}) then sum({{ amount }}) end
{%- endmacro %}

{#
    An amount of a joined relation, nothing where it has no such row: what it has and does
    not know stays unknown. `key` is a column that it has in every row.
#}
{% macro or_nothing(relation, amount, key='project_key') -%}
    case
        when {{ relation }}.{{ key }} is null then 0
        else {{ relation }}.{{ amount }}
    end
{%- endmacro %}

{# The currency that group figures are in, as an SQL text. #}
{% macro reporting_currency() -%}
    '{{ var("reporting_currency_code") }}'
{%- endmacro %}
