{#
    Spreads an amount over rows so that the parts add up to it: each row gets the whole
    minor units of its proportional share, and those left over go one each to the largest
    remainders.

    relation: a CTE; key: the columns naming what is spread (its amount is repeated on
    each of its rows); amount: money, whole in the minor units of `currency` (a column),
    negative allowed (its absolute value is spread and negated); weight: whole numbers,
    not negative (`signed`: some may be, and take their part off, while the sum is above
    0), not all 0 within a key; ties: the columns that decide between equal
    remainders, ascending. `also` names further amounts that are spread by the same weight
    in the same pass; those that `whole` names are spread in ones: minutes. `total` names
    a column with the key's sum of the weight, where the caller has it.

    Yields the relation's columns and `allocated_amount` decimal(18, 4), for each name of
    `also` `<name>_allocated_amount`, beside working columns `*allocation_*` that the
    caller leaves behind. All arithmetic is on whole numbers; a product beyond a bigint
    is worked out in longer ones.
#}
{% macro allocate_amount(
    relation, key, amount, weight, ties, currency, also={}, whole=[], total=none,
    signed=false
) -%}
    {%- set amounts = dict({'': amount}, **also) -%}
    {%- set keys = key | join(', ') -%}
    select
        based.*
        {%- for name, spread in amounts.items() %}
        {%- set own = name ~ '_' if name else '' %}
        {%- set units = '1' if spread in whole else 'based.allocation_units' %}
        {%- set part %}
            based.{{ own }}allocation_sign * (
                based.{{ own }}allocation_base
                + case
                    when
                        row_number() over (
                            partition by {{ keys }}
                            order by
                                based.{{ own }}allocation_remainder desc nulls last,
                                {{ ties | join(' nulls last, ') }} nulls last
                        )
                        <= based.{{ own }}allocation_minor
                        - sum(based.{{ own }}allocation_base) over (partition by {{ keys }})
                        then 1
                    else 0
                end
            )
        {%- endset %},
        {{ from_minor_units(part, units) }} as {{ own }}allocated_amount
        {%- endfor %}
    from (
        select
            weighed.*
            {%- for name in amounts %}
            {%- set own = name ~ '_' if name else '' %}
            {%- set minor, weighing = 'weighed.' ~ own ~ 'allocation_minor', 'weighed.' ~ weight %}
            {%- set size = 'abs(' ~ weighing ~ ')' if signed else weighing %}
            {%- set quotient = product_quotient(minor, size, 'weighed.allocation_weight') %}
            {%- set remainder = product_remainder(minor, size, 'weighed.allocation_weight') %}
            {%- if signed %},
            case
                when {{ weighing }} >= 0 then {{ quotient }}
                when {{ remainder }} = 0 then -{{ quotient }}
                else -{{ quotient }} - 1
            end as {{ own }}allocation_base,
            case
                when {{ weighing }} >= 0 or {{ remainder }} = 0 then {{ remainder }}
                else weighed.allocation_weight - {{ remainder }}
            end as {{ own }}allocation_remainder
            {%- else %},
            {{ quotient }} as {{ own }}allocation_base,
            {{ remainder }} as {{ own }}allocation_remainder
            {%- endif %}
            {%- endfor %}
        from (
            select
                counted.*,
                cast(
                    {{ total or 'sum(' ~ weight ~ ') over (partition by ' ~ keys ~ ')' }}
                    as bigint
                ) as allocation_weight
                {%- for name, spread in amounts.items() %}
                {%- set own = name ~ '_' if name else '' %}
                {%- set units = '1' if spread in whole else 'counted.allocation_units' %},
                case when {{ spread }} < 0 then -1 else 1 end as {{ own }}allocation_sign,
                cast(round(abs({{ spread }}) * {{ units }}, 0) as bigint)
                    as {{ own }}allocation_minor
                {%- endfor %}
            from (
                select
                    {{ relation }}.*,
                    {{ minor_units(currency) }} as allocation_units
                from {{ relation }}
            ) as counted
        ) as weighed
    ) as based
{%- endmacro %}

{# How many whole times b goes into a; both whole and not negative. #}
{% macro whole_quotient(a, b) -%}
    {{ return(adapter.dispatch('whole_quotient', 'tieout')(a, b)) }}
{%- endmacro %}

{% macro default__whole_quotient(a, b) -%}
    (({{ a }}) div ({{ b }}))
{%- endmacro %}

{% macro duckdb__whole_quotient(a, b) -%}
    (({{ a }}) // ({{ b }}))
{%- endmacro %}

{# How many whole times c goes into a x b, and what is left; all whole and not negative. #}
{% macro product_quotient(a, b, c) -%}
    {{ return(adapter.dispatch('product_quotient', 'tieout')(a, b, c)) }}
{%- endmacro %}

{% macro product_remainder(a, b, c) -%}
    {{ return(adapter.dispatch('product_remainder', 'tieout')(a, b, c)) }}
{%- endmacro %}

{% macro default__product_quotient(a, b, c) -%}
    {{ whole_quotient('cast(' ~ a ~ ' as decimal(38, 0)) * ' ~ b, c) }}
{%- endmacro %}

{% macro default__product_remainder(a, b, c) -%}
    ((cast({{ a }} as decimal(38, 0)) * {{ b }}) % {{ c }})
{%- endmacro %}

{# DuckDB divides what is longer than a bigint slowly, so only where it must. #}
{% macro duckdb__product_quotient(a, b, c) -%}
    case
        when {{ fits_bigint(a, b) }} then {{ a }} * {{ b }} // {{ c }}
        else cast(cast({{ a }} as hugeint) * {{ b }} // {{ c }} as bigint)
    end
{%- endmacro %}

{% macro duckdb__product_remainder(a, b, c) -%}
    case
        when {{ fits_bigint(a, b) }} then {{ a }} * {{ b }} % {{ c }}
        else cast(cast({{ a }} as hugeint) * {{ b }} % {{ c }} as bigint)
    end
{%- endmacro %}

{# True only where a x b is below 2^63. #}
{% macro fits_bigint(a, b) -%}
    {{ a }} < 3000000000 and {{ b }} < 3000000000
{%- endmacro %}
