{#
    Minutes at a rate per hour, times a factor (one plus burden), rounded once, half
    away from zero, to the minor unit of the rate's currency: decimal(18, 4). `units` is
    how many of them the currency's unit has (`minor_units`), from a column where there
    are many rows. The product is exact before the only division; null when the rate or
    the factor is unknown, never 0.
#}
{% macro minutes_at_rate(minutes, rate, units, factor='1') -%}
    {{ rounded_amount([
        'cast(' ~ rate ~ ' as decimal(18, 6))',
        'cast(' ~ factor ~ ' as decimal(9, 6))',
        'cast(' ~ minutes ~ ' as decimal(11, 4))',
    ], units, divided_by='60') }}
{%- endmacro %}

{#
    What a policy sells of minutes in their order: rounded up to its step, at most a day of
    its hours; a correction as what it corrects. Columns of int_time_sold.
#}
{% macro minutes_sold(minutes) -%}
    sign({{ minutes }}) * least(
        abs({{ minutes }}) + step_minutes - 1
        - mod(abs({{ minutes }}) + step_minutes - 1, step_minutes), day_minutes
    )
{%- endmacro %}

{#
    An amount in another currency, rounded once to its minor unit; unchanged when both
    currencies are the same; null when there is no rate, never the untranslated amount.
#}
{% macro translated(amount, from_currency, to_currency, fx_rate) -%}
    case
        when {{ from_currency }} = {{ to_currency }} then {{ amount }}
        else {{ rounded_amount(
            ['cast(' ~ amount ~ ' as decimal(19, 4))', fx_rate], minor_units(to_currency)
        ) }}
    end
{%- endmacro %}

{# Amounts in the home currency, each beside its translation to the row's own. #}
{% macro translated_from_home(names, relation, home_currency, fx_alias) -%}
    {%- for name in names %}
        {{ translated(
            relation ~ '.home_' ~ name ~ '_amount', home_currency,
            relation ~ '.currency_code', fx_alias ~ '.fx_rate'
        ) }} as {{ name }}_amount{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Amounts, each translated and rounded on its own. #}
{% macro each_translated(names, relation, from_currency, fx_rate) -%}
    {%- for name in names %}
        {{ translated(
            relation ~ '.' ~ name ~ '_amount', from_currency,
            relation ~ '.currency_code', fx_rate
        ) }} as {{ name }}_amount{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    What an open item is valued at by its policy (int_fx_valuation_methods), of its value at
    the closing rate and what it is carried at, both with the item's sign: lower_of takes
    losses only, of what is owed either way.
#}
{% macro valued_by(method, at_closing_rate, carrying) -%}
    case
        when {{ method }} = 'invoice_date' then {{ carrying }}
        when {{ method }} = 'lower_of' and {{ at_closing_rate }} > {{ carrying }}
            then {{ carrying }}
        else {{ at_closing_rate }}
    end
{%- endmacro %}

{#
    The join that finds the rate of exchange in force on a day: the latest one on or
    before it. Rows that need no translation find none.
#}
{% macro join_fx_rate(alias, from_currency, to_currency, day) -%}
    left join {{ ref('dim_fx_rates') }} as {{ alias }}
        on {{ from_currency }} = {{ alias }}.from_currency_code
        and {{ to_currency }} = {{ alias }}.to_currency_code
        and {{ day }} >= {{ alias }}.valid_from
        and {{ day }} < {{ open_end(alias ~ '.valid_to') }}
{%- endmacro %}
