{#
    Spreads an amount over rows so that the parts add up to it to the cent: each row
    gets the whole cents of its proportional share, and the cents left over go one each
    to the largest remainders.

    relation: a CTE; key: the columns naming what is spread (its amount is repeated on
    each of its rows); amount: money of whole cents, negative allowed (its absolute
    value is spread and negated); weight: whole numbers, not negative, not all 0 within
    a key; ties: the columns that decide between equal remainders, ascending. `also`
    names further amounts that are spread by the same weight in the same pass; an amount
    that `digits` names with 0 is spread in whole units instead of cents: minutes, for
    one. `total` names a column with the key's sum of the weight, where the caller has it.

    Yields the relation's columns and `allocated_amount` decimal(18, 4), for each name of
    `also` `<name>_allocated_amount`, beside working columns `*allocation_*` that the
    caller leaves behind. All arithmetic is on whole numbers; a product beyond a bigint
    stops the build rather than losing a cent.
#}
{% macro allocate_cents(relation, key, amount, weight, ties, also={}, digits={}, total=none) -%}
    {%- set amounts = dict({'': amount}, **also) -%}
    {%- set keys = key | join(', ') -%}
    select
        based.*
        {%- for name, spread in amounts.items() %}
        {%- set own = name ~ '_' if name else '' %}
        {%- set places = digits.get(spread, 2) %}
        {%- set unit = '0.' ~ '0' * (places - 1) ~ '1' if places > 0 else '1' %},
        cast(
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
                        <= based.{{ own }}allocation_cents
                        - sum(based.{{ own }}allocation_base) over (partition by {{ keys }})
                        then 1
                    else 0
                end
            ) as decimal(18, 0)
        ) * cast({{ unit }} as decimal(5, 4)) as {{ own }}allocated_amount
        {%- endfor %}
    from (
        select
            weighed.*
            {%- for name in amounts %}
            {%- set own = name ~ '_' if name else '' %}
            {%- set product = 'weighed.' ~ own ~ 'allocation_cents * weighed.' ~ weight %},
            cast({{ whole_quotient(product, 'weighed.allocation_weight') }} as bigint)
                as {{ own }}allocation_base,
            cast(({{ product }}) % weighed.allocation_weight as bigint)
                as {{ own }}allocation_remainder
            {%- endfor %}
        from (
            select
                {{ relation }}.*,
                cast(
                    {{ total or 'sum(' ~ weight ~ ') over (partition by ' ~ keys ~ ')' }}
                    as bigint
                ) as allocation_weight
                {%- for name, spread in amounts.items() %}
                {%- set own = name ~ '_' if name else '' %},
                case when {{ spread }} < 0 then -1 else 1 end as {{ own }}allocation_sign,
                cast(round(abs({{ spread }}) * {{ 10 ** digits.get(spread, 2) }}, 0) as bigint)
                    as {{ own }}allocation_cents
                {%- endfor %}
            from {{ relation }}
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
