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
    {%- set unit = '0.' ~ '0' * (scale - 1) ~ '1' if scale > 0 else '1' -%}
    cast(
        {{ whole_product(factors, 10 ** scale, divided_by) }}
        * cast({{ unit }} as decimal({{ scale + 1 }}, {{ scale }}))
        as decimal(28, {{ scale }})
    )
{%- endmacro %}

{#
    The same for an amount, rounded to the minor unit of its currency: decimal(18, 4).
    `units` is how many of them the currency's unit has (`minor_units`).
#}
{% macro rounded_amount(factors, units, divided_by='1') -%}
    {{ from_minor_units(whole_product(factors, units, divided_by), units) }}
{%- endmacro %}

{# A product, divided, times `per`, rounded once to a whole number: decimal(28, 0). #}
{% macro whole_product(factors, per, divided_by) -%}
    {{ return(adapter.dispatch('whole_product', 'tieout')(factors, per, divided_by)) }}
{%- endmacro %}

{# Spark divides decimals as decimals. #}
{% macro default__whole_product(factors, per, divided_by) -%}
    cast(
        cast({{ factors | join(' * ') }} as decimal(38, 12)) * {{ per }}
        / nullif(cast({{ divided_by }} as decimal(38, 12)), 0)
        as decimal(28, 0)
    )
{%- endmacro %}

{#
    DuckDB divides decimals as doubles, and rounds long decimals slowly. With three
    factors a double is at most 10^-15 of the result off: where four times that to either
    side is rounded to one number, it is the right one. The rest, a half being so near, is
    divided as whole numbers of 10^-12: exact, and many times as slow. Decimals of at most
    18 digits would have a product of 18, too few for it: one factor is wide. (Each
    operand is written as seldom as can be, for DuckDB takes longer to plan a long
    expression than to work it out for thousands of rows.)
#}
{% macro duckdb__whole_product(factors, per, divided_by) -%}
    {%- set doubles = [] -%}
    {%- for factor in factors %}{% do doubles.append('cast(' ~ factor ~ ' as double)') %}{% endfor -%}
    {%- set divided = 'nullif(cast(' ~ divided_by ~ ' as double), 0)' -%}
    {%- set units = doubles | join(' * ') ~ ' / ' ~ divided ~ ' * ' ~ per -%}
    {%- set least = 'round(0.999999999999996 * ' ~ units ~ ')' -%}
    {%- set most = 'round(1.000000000000004 * ' ~ units ~ ')' -%}
    {%- set wide = ['cast(1 as decimal(19, 0))'] + factors -%}
    {%- set dividend = 'cast((' ~ wide | join(' * ') ~ ') as decimal(38, 12))' -%}
    {%- set divisor = 'nullif(cast((' ~ divided_by ~ ') as decimal(38, 12)), 0)' -%}
    cast(
        case
            when {{ least }} = {{ most }} then cast({{ most }} as bigint)
            when ({{ divided_by }}) != 0 then {{ whole_ratio(dividend, divisor, per) }}
        end as decimal(28, 0)
    )
{%- endmacro %}

{#
    a / b x per, rounded half away from zero to a whole number, by whole numbers alone: its
    double without what is behind the point, of which half is rounded.
#}
{% macro whole_ratio(a, b, per) -%}
    cast(
        cast(
            2 * cast({{ a }} * 1000000000000 as hugeint) * {{ per }}
            // cast({{ b }} * 1000000000000 as hugeint) as decimal(30, 0)
        ) * cast(0.5 as decimal(2, 1)) as decimal(28, 0)
    )
{%- endmacro %}

{#
    An amount rounded half away from zero to its currency's minor unit, as money:
    decimal(18, 4). The argument must be decimal (a double has already lost the half),
    so divide with ratio() and multiply decimals, never doubles.
#}
{% macro round_money(amount, currency) -%}
    {%- set units = minor_units(currency) -%}
    {{ from_minor_units('round((' ~ amount ~ ') * ' ~ units ~ ', 0)', units) }}
{%- endmacro %}
