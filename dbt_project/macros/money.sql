{#
    a / b, rounded once, half away from zero, to `scale` decimals: decimal(28, scale).
    Null when b is 0 or either is null. Exact for operands of at most 12 decimals and
    below 10^14 (beyond, it raises): a division through double would round twice and
    drift from the ledger by a cent.
#}
{% macro ratio(a, b, scale=10) -%}
    {{ return(adapter.dispatch('ratio', 'tieout')(a, b, scale)) }}
{%- endmacro %}

{# Spark divides decimals as decimals. #}
{% macro default__ratio(a, b, scale) -%}
    cast(
        cast({{ a }} as decimal(38, 12)) / nullif(cast({{ b }} as decimal(38, 12)), 0)
        as decimal(28, {{ scale }})
    )
{%- endmacro %}

{#
    DuckDB divides decimals as doubles. A quotient of up to 15 digits as a double is at
    most one unit of the scale away, and what is left of the dividend, which is exact,
    tells which way. Longer ones are divided as whole numbers of 10^-12: exact as well,
    and four times as slow.
#}
{% macro duckdb__ratio(a, b, scale) -%}
    {%- set dividend = 'cast((' ~ a ~ ') as decimal(38, 12))' -%}
    {%- set divisor = 'nullif(cast((' ~ b ~ ') as decimal(38, 12)), 0)' -%}
    {%- set quotient = '(cast(' ~ dividend ~ ' as double) / cast(' ~ divisor ~ ' as double))' -%}
    {%- set units = 'cast(round(' ~ quotient ~ ' * ' ~ 10 ** scale ~ ') as bigint)' -%}
    {%- set twice_left = '2 * (abs(' ~ dividend ~ ') * ' ~ 10 ** scale
        ~ ' - abs(' ~ units ~ ') * abs(' ~ divisor ~ '))' -%}
    {%- set unit = '0.' ~ '0' * (scale - 1) ~ '1' if scale > 0 else '1' -%}
    cast(
        cast(
            case
                when abs({{ quotient }}) < {{ 10 ** (15 - scale) }}
                    then
                        {{ units }} + cast(sign({{ quotient }}) as bigint) * (
                            cast({{ twice_left }} >= abs({{ divisor }}) as bigint)
                            - cast({{ twice_left }} < -abs({{ divisor }}) as bigint)
                        )
                else {{ whole_ratio(dividend, divisor, scale) }}
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
