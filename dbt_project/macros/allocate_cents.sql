{#
    Spreads an amount over rows so that the parts add up to it to the cent: each row
    gets the whole cents of its proportional share, and the cents left over go one each
    to the largest remainders.

    relation: a CTE; key: the columns naming what is spread (its amount is repeated on
    each of its rows); amount: money of whole cents, negative allowed (its absolute
    value is spread and negated); weight: whole numbers, not negative, not all 0 within
    a key; ties: the columns that decide between equal remainders, ascending. With
    `digits=0` whole units are spread instead of cents: minutes, for one.

    Yields the relation's columns and `allocated_amount` decimal(18, 4), beside working
    columns `allocation_*` that the caller leaves behind. All arithmetic is on whole
    numbers; a product beyond a bigint stops the build rather than losing a cent. A
    second allocation of the same rows takes a `name`, which its columns begin with.
#}
{% macro allocate_cents(relation, key, amount, weight, ties, digits=2, name=none) -%}
    {%- set unit = '0.' ~ '0' * (digits - 1) ~ '1' if digits > 0 else '1' -%}
    {%- set own = name ~ '_' if name else '' -%}
    {%- set work = own ~ 'allocation' -%}
    select
        based.*,
        cast(
            based.{{ work }}_sign * (
                based.{{ work }}_base
                + case
                    when
                        row_number() over (
                            partition by {{ key | join(', ') }}
                            order by
                                based.{{ work }}_remainder desc nulls last,
                                {{ ties | join(' nulls last, ') }} nulls last
                        )
                        <= based.{{ work }}_cents - sum(based.{{ work }}_base) over (
                            partition by {{ key | join(', ') }}
                        )
                        then 1
                    else 0
                end
            ) as decimal(18, 0)
        ) * cast({{ unit }} as decimal(5, 4)) as {{ own }}allocated_amount
    from (
        select
            weighed.*,
            cast({{ whole_quotient(
                'weighed.' ~ work ~ '_cents * weighed.' ~ weight, 'weighed.' ~ work ~ '_weight'
            ) }} as bigint) as {{ work }}_base,
            cast(
                (weighed.{{ work }}_cents * weighed.{{ weight }})
                % weighed.{{ work }}_weight as bigint
            ) as {{ work }}_remainder
        from (
            select
                {{ relation }}.*,
                case when {{ amount }} < 0 then -1 else 1 end as {{ work }}_sign,
                cast(round(abs({{ amount }}) * {{ 10 ** digits }}, 0) as bigint)
                    as {{ work }}_cents,
                cast(
                    sum({{ weight }}) over (partition by {{ key | join(', ') }})
                    as bigint
                ) as {{ work }}_weight
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
