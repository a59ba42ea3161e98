{#
    What an hour's raw cost is multiplied by: (1 + Σ additive rates) × Π (1 + precedence
    rate), rounded once to six decimals. Aggregates rows of pools with `method`,
    `precedence` and `rate`; `where` picks the pools that count.
#}
{% macro burden_factor(rate, where='true') -%}
    cast(round(
        {%- for level in range(4) %}
        cast(
            1 + coalesce(
                sum(case when {{ where }} and precedence = {{ level }} then {{ rate }} end), 0
            ) as decimal(9, 6)
        ) {{ '*' if not loop.last }}
        {%- endfor %}
    , 6) as decimal(18, 6))
{%- endmacro %}

{#
    What one pool adds to an hour's raw cost: its rate of what the pools before it made of
    the cost, rounded once to six decimals. Over rows of pools with `precedence` and a rate,
    partitioned by `key`.
#}
{% macro pool_factor(rate, key) -%}
    cast(round(
        {{ rate }}
        {%- for level in range(3) %}
        * cast(
            case
                when precedence > {{ level }}
                    then 1 + coalesce(
                        sum(case when precedence = {{ level }} then {{ rate }} end) over (
                            partition by {{ key | join(', ') }}
                        ), 0
                    )
                else 1
            end as decimal(9, 6)
        )
        {%- endfor %}
    , 6) as decimal(18, 6))
{%- endmacro %}
