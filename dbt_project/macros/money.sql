{#
    a / b, rounded once, half away from zero, to `scale` decimals: decimal(28, scale).
    Null when b is 0 or either is null. Exact for operands of at most 12 decimals and
    below 10^14 (beyond, it may raise): a division through double would round twice and
    drift from the ledger by a cent.
#}
{% macro ratio(a, b, scale=10) -%}
    {{ rounded_product([a], scale, divided_by=b) }}
{%- endmacro %}

{#
    A product of at most three factors, divided and then rounded once, half away from
    zero, to `scale` decimals: decimal(28, scale). As decimals the factors' types must
    hold their product; ratio() has the other limits.
#}
{% macro rounded_product(factors, scale, divided_by='1') -%}
    {{ return(adapter.dispatch('rounded_product', 'tieout')(factors, scale, divided_by)) }}
{%- endmacro %}

{# Spark divides decimals as decimals. #}
{% macro default__rounded_product(factors, scale, divided_by) -%}
    cast(
        cast({{ factors | join(' * ') }} as decimal(38, 12))
        / nullif(cast({{ divided_by }} as decimal(38, 12)), 0)
        as decimal(28, {{ scale }})
    )
{%- endmacro %}

{#
    DuckDB divides decimals as doubles, and rounds long decimals slowly. With three
    factors a double is at most 10^-15 of the result off, so it rounds the right way
    unless a half is as near as that, which is weighed at four times it. The rest is
    divided as whole numbers of 10^-12: exact, and many times as slow. (Were it the
    else, DuckDB would work it out for all rows.)
#}
{% macro duckdb__rounded_product(factors, scale, divided_by) -%}
    {%- set doubles = [] -%}
    {%- for factor in factors %}{% do doubles.append('cast(' ~ factor ~ ' as double)') %}{% endfor -%}
    {%- set divided = 'nullif(cast(' ~ divided_by ~ ' as double), 0)' -%}
    {%- set units = '(' ~ doubles | join(' * ') ~ ' / ' ~ divided ~ ' * ' ~ 10 ** scale ~ ')' -%}
    {%- set dividend = 'cast((' ~ factors | join(' * ') ~ ') as decimal(38, 12))' -%}
    {%- set divisor = 'nullif(cast((' ~ divided_by ~ ') as decimal(38, 12)), 0)' -%}
    {%- set unit = '0.' ~ '0' * (scale - 1) ~ '1' if scale > 0 else '1' -%}
    cast(
        cast(
            case
                when
                    0.5 - abs({{ units }} - round({{ units }}))
                    > abs({{ units }}) * 4e-15
                    then cast(round({{ units }}) as bigint)
                when {{ units }} is not null
                    then {{ whole_ratio(dividend, divisor, scale) }}
            end as decimal(28, 0)
        ) * cast({{ unit }} as decimal({{ scale + 1 }}, {{ scale }}))
        as decimal(28, {{ scale }})
    )
{%- endmacro %}

{# a / b in units of the scale, rounded half away from zero, by whole numbers alone. #}
{% macro whole_ratio(a, b, scale) -%}
    {%- set dividend = 'cast(' ~ a ~ ' * 1000000000000 as hugeint)' -%}
    {%- set divisor = 'cast(' ~ b ~ ' * 1000000000000 as hugeint)' -%}
    sign({{ dividend }}) * sign({{ divisor }}) * (
        (2 * abs({{ dividend }}) * {{ 10 ** scale }} + abs({{ divisor }}))
        // (2 * abs({{ divisor }}))
    )
{%- endmacro %}

{#
    An amount rounded half away from zero to its currency's minor unit, as money:
    decimal(18, 4). The argument must be decimal (a double has already lost the half),
    so divide with ratio() and multiply decimals, never doubles.
#}
{% macro round_money(amount, digits=2) -%}
    cast(round({{ amount }}, {{ digits }}) as decimal(18, 4))
{%- endmacro %}
