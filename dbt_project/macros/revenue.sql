{#
    Revenue recognised to date of an obligation measured by progress: what was recognised
    before its segment began, and progress since then x what was left of the price then.
    Progress is (done - done then) / (total - done then), between 0 and 1; where nothing
    was left to do, all of the rest is earned. It never exceeds the price, and is rounded
    once: the ratio is not.
#}
{% macro recognised_to_date(price, done, total, base_done, base_amount, currency) -%}
    least(
        {{ price }},
        {{ base_amount }} + case
            when {{ total }} > {{ base_done }} and {{ done }} < {{ total }}
                then {{ amount_ratio(
                    'cast(' ~ price ~ ' - ' ~ base_amount ~ ' as decimal(20, 4)) * greatest('
                    ~ done ~ ' - ' ~ base_done ~ ', 0)',
                    total ~ ' - ' ~ base_done, currency
                ) }}
            when {{ total }} > {{ base_done }} or {{ base_done }} > 0
                then {{ price }} - {{ base_amount }}
            else 0
        end
    )
{%- endmacro %}

{# The share of the work of a segment that is done, decimal(18, 10). #}
{% macro progress_since(done, total, base_done) -%}
    cast(
        case
            when {{ total }} > {{ base_done }}
                then greatest(
                    0,
                    least(1, {{ ratio(done ~ ' - ' ~ base_done, total ~ ' - ' ~ base_done) }})
                )
            when {{ base_done }} > 0 then 1
            else 0
        end as decimal(18, 10)
    )
{%- endmacro %}

{# Cost to date with its fee, which never exceeds its ceiling (null: there is none). #}
{% macro cost_with_fee(cost, fee_rate, fee_ceiling, currency) -%}
    {%- set with_fee = round_money(
        'cast(' ~ cost ~ ' as decimal(20, 4)) * (1 + ' ~ fee_rate ~ ')', currency
    ) -%}
    case
        when {{ with_fee }} > {{ cost }} + {{ fee_ceiling }}
            then {{ cost }} + {{ fee_ceiling }}
        else {{ with_fee }}
    end
{%- endmacro %}

{# The sum of an amount of deals; not known while one of them lacks a rate of exchange. #}
{% macro sum_if_known(amount) -%}
    cast(
        case when not bool_or(is_without_rate) then sum({{ amount }}) end as decimal(18, 4)
    )
{%- endmacro %}

{#
    What a modification changes, in the contract's currency; 0 without a rate of exchange,
    which is an exception.
#}
{% macro changed_amount(name) -%}
    case
        when not placed.is_translated then placed.{{ name }}_amount
        else coalesce({{ translated(
            'placed.' ~ name ~ '_amount', 'placed.stated_currency_code',
            'placed.currency_code', 'fx_rates.fx_rate'
        ) }}, 0)
    end
{%- endmacro %}

{#
    Rows of a relation of obligations with the last percentage that a manager had entered by a
    day of it, of the obligation, else of the whole project; those with none are left out.
    `key` are the columns that tell rows apart. Yields these, the method and the percentage as
    a share, `progress_rate`.
#}
{% macro last_entered(relation, key, day) -%}
    select *
    from (
        select
            asked.{{ key | join(', asked.') }},
            asked.revenue_method,
            progress.progress_rate,
            row_number() over (
                partition by asked.{{ key | join(', asked.') }}
                order by
                    case when progress.obligation_code is null then 1 else 0 end,
                    progress.stated_date desc nulls last,
                    progress.source_instance nulls last
            ) as row_place
        from {{ relation }} as asked
        inner join {{ ref('dim_obligations') }} as obligations
            on asked.obligation_key = obligations.obligation_key
        inner join {{ ref('crosswalk_projects') }} as crosswalk
            on obligations.project_code = crosswalk.project_code
            and crosswalk.role = 'psa'
        inner join {{ ref('psa_progress_stated') }} as progress
            on crosswalk.source_instance = progress.source_instance
            and crosswalk.record_id = progress.project_id
            and asked.{{ day }} >= progress.stated_date
            and obligations.obligation_code
            = coalesce(progress.obligation_code, obligations.obligation_code)
    ) as placed
    where row_place = 1
{%- endmacro %}
