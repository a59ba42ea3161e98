{#
    What a cap lets through of an amount: all of it without a cap, else the part up to it.
    `counted` is the amount in the cap's currency, `to_date` the running total of that with
    it, `cap` what it is held to. A correction (a negative amount) takes back first what
    was cut before it. What cannot be counted, for want of a rate of exchange, is not let
    through. Rounded to the minor unit of the amount's own currency.
#}
{% macro let_through(amount, counted, to_date, cap, currency) -%}
    case
        when {{ cap }} is null then {{ amount }}
        when {{ counted }} is null then 0
        when greatest({{ to_date }}, {{ to_date }} - {{ counted }}) <= {{ cap }} then {{ amount }}
        when least({{ to_date }}, {{ to_date }} - {{ counted }}) >= {{ cap }} then 0
        else {{ rounded_amount(
            [
                'cast(' ~ amount ~ ' as decimal(19, 4))',
                'cast(least(' ~ to_date ~ ', ' ~ cap ~ ') - least('
                ~ to_date ~ ' - ' ~ counted ~ ', ' ~ cap ~ ') as decimal(18, 4))',
            ], minor_units(currency), divided_by=counted
        ) }}
    end
{%- endmacro %}
