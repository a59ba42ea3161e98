{#
    How many minor units make one unit of a currency by ISO 4217: 1 yen, 100 cents, 1000
    fils. Here are the codes that have not two decimals; seeds/currencies.csv is the whole
    list, which a test holds this one to. A code that is not in it counts as having 100 and
    keeps the snapshot back (control I08). They are looked for in texts, not in lists: a
    list of constants is what takes longest to plan in most models of amounts.
#}
{% macro minor_units(currency) -%}
    case
        when
            position(
                ' ' || {{ currency }} || ' '
                in ' BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF '
            ) > 0 then 1
        when position(' ' || {{ currency }} || ' ' in ' BHD IQD JOD KWD LYD OMR TND ') > 0
            then 1000
        when position(' ' || {{ currency }} || ' ' in ' CLF UYW ') > 0 then 10000
        else 100
    end
{%- endmacro %}

{# A number of minor units as money, decimal(18, 4): every currency has at most 4 decimals. #}
{% macro from_minor_units(whole, units) -%}
    cast(
        cast({{ whole }} as decimal(18, 0)) * {{ whole_quotient('10000', units) }}
        * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)
    )
{%- endmacro %}

{#
    An amount that is told with two decimals whatever its currency has (69.54 for 6954 yen,
    123.45 for 12.345 dinars), as it is: decimal(18, 4).
#}
{% macro from_two_decimals(amount, currency) -%}
    cast(
        {{ amount }} * case {{ minor_units(currency) }}
            when 1 then 100.00
            when 1000 then 0.10
            when 10000 then 0.01
            else 1.00
        end as decimal(18, 4)
    )
{%- endmacro %}

{# a / b as an amount, rounded once to the minor unit of its currency; null when b is 0. #}
{% macro amount_ratio(a, b, currency) -%}
    {{ rounded_amount([a], minor_units(currency), divided_by=b) }}
{%- endmacro %}

{#
    An amount as a whole number to weigh by: in parts of 0.0001, in which the amounts of
    every currency are whole.
#}
{% macro whole_weight(amount) -%}
    cast(round(({{ amount }}) * 10000, 0) as bigint)
{%- endmacro %}

{# An amount as text, with the decimals that its currency has. #}
{% macro amount_text(amount, currency) -%}
    case {{ minor_units(currency) }}
        {%- for digits in [0, 3, 4] %}
        when {{ 10 ** digits }} then cast(cast({{ amount }} as decimal(18, {{ digits }})) as varchar)
        {%- endfor %}
        else cast(cast({{ amount }} as decimal(18, 2)) as varchar)
    end
{%- endmacro %}
