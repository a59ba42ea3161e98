{#
    The roll-forward of each project's contract balance, by period, of an activity by the day
    in some periods; closing balances that were `kept` stay as they were valued.
#}
{% macro contract_balances(activity, months, kept=none) -%}
with

activity as (
    select
        project_key,
        period_month,
        sum(recognised_amount + write_down_amount) as earned_amount,
        sum(write_down_amount) as written_off_amount,
        sum(billed_amount) as billed_amount,
        sum(contract_recognised_amount + contract_write_down_amount)
            as contract_earned_amount,
        sum(contract_write_down_amount) as contract_written_off_amount,
        sum(contract_billed_amount) as contract_billed_amount
    from {{ activity }}
    group by project_key, period_month
),

monthly as (
    select
        months.project_key,
        months.project_code,
        months.period_month,
        months.period_end_date,
        projects.contract_currency_code,
        projects.functional_currency_code as currency_code,
        legal_entities.is_unbilled_monetary,
        methods.valuation_method,
        coalesce(activity.earned_amount, 0) as earned_amount,
        coalesce(activity.written_off_amount, 0) as written_off_amount,
        coalesce(activity.billed_amount, 0) as billed_amount,
        coalesce(activity.contract_earned_amount, 0) as contract_earned_amount,
        coalesce(activity.contract_written_off_amount, 0) as contract_written_off_amount,
        coalesce(activity.contract_billed_amount, 0) as contract_billed_amount
        {%- if kept is not none -%}
        , positions.closing_amount as kept_closing_amount
        {%- endif %}
    from {{ months }} as months
    inner join {{ ref('dim_projects') }} as projects
        on months.project_key = projects.project_key
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on projects.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('int_fx_valuation_methods') }} as methods
        on projects.legal_entity_code = methods.legal_entity_code
        and methods.item_type = 'unbilled_receivable'
    left join activity
        on months.project_key = activity.project_key
        and months.period_month = activity.period_month
    {% if kept is not none -%}
    left join {{ kept }} as positions
        on projects.project_key = positions.project_key
        and projects.legal_entity_code = positions.legal_entity_code
        and projects.contract_currency_code = positions.contract_currency_code
        and months.period_month = positions.period_month
    {%- endif %}
),

to_date as (
    select
        *,
        sum(earned_amount - written_off_amount) over so_far as net_earned_to_date_amount,
        sum(billed_amount) over so_far as billed_to_date_amount,
        sum(contract_earned_amount - contract_written_off_amount) over so_far
            as contract_earned_to_date_amount,
        sum(contract_billed_amount) over so_far as contract_billed_to_date_amount
    from monthly
    window so_far as (
        partition by project_key
        order by period_month nulls last
        rows between unbounded preceding and current row
    )
),

balanced as (
    select
        to_date.*,
        to_date.contract_earned_to_date_amount - to_date.contract_billed_to_date_amount
            as contract_closing_amount,
        rates.closing_rate
    from to_date
    left join {{ ref('dim_fx_period_rates') }} as rates
        on to_date.contract_currency_code = rates.from_currency_code
        and to_date.currency_code = rates.to_currency_code
        and to_date.period_month = rates.period_month
        and to_date.period_end_date = rates.period_end_date
),

booked as (
    select
        *,
        cast(
            case
                when contract_currency_code = currency_code then contract_closing_amount
                when contract_closing_amount = 0 then 0
                when
                    (contract_closing_amount > 0 and contract_earned_to_date_amount > 0)
                    or (contract_closing_amount < 0 and contract_billed_to_date_amount <= 0)
                    then {{ amount_ratio(
                        'contract_closing_amount * net_earned_to_date_amount',
                        'contract_earned_to_date_amount', 'currency_code'
                    ) }}
                else {{ amount_ratio(
                    'contract_closing_amount * billed_to_date_amount',
                    'contract_billed_to_date_amount', 'currency_code'
                ) }}
            end as decimal(18, 4)
        ) as booked_amount
    from balanced
),

rated as (
    select
        *,
        {{ round_money(
            'cast(contract_closing_amount as decimal(19, 4)) * closing_rate', 'currency_code'
        ) }} as at_closing_rate_amount
    from booked
),

valued as (
    select
        *,
        {% if kept is not none -%}
        coalesce(kept_closing_amount,
        {%- endif %}
        case
            when
                contract_currency_code != currency_code
                and contract_closing_amount > 0
                and is_unbilled_monetary
                then {{ valued_by('valuation_method', 'at_closing_rate_amount', 'booked_amount') }}
            else booked_amount
        end
        {%- if kept is not none -%}
        )
        {%- endif %} as closing_amount
    from rated
),

rolled as (
    select
        *,
        lag(closing_amount, 1, 0) over (
            partition by project_key order by period_month nulls last
        ) as opening_amount,
        lag(contract_closing_amount, 1, 0) over (
            partition by project_key order by period_month nulls last
        ) as contract_opening_amount
    from valued
)

select
    project_key,
    project_code,
    period_month,
    contract_currency_code,
    cast(contract_opening_amount as decimal(18, 4)) as contract_opening_amount,
    cast(contract_earned_amount as decimal(18, 4)) as contract_earned_amount,
    cast(contract_written_off_amount as decimal(18, 4)) as contract_written_off_amount,
    cast(contract_billed_amount as decimal(18, 4)) as contract_billed_amount,
    cast(contract_closing_amount as decimal(18, 4)) as contract_closing_amount,
    currency_code,
    cast(opening_amount as decimal(18, 4)) as opening_amount,
    cast(earned_amount as decimal(18, 4)) as earned_amount,
    cast(written_off_amount as decimal(18, 4)) as written_off_amount,
    cast(billed_amount as decimal(18, 4)) as billed_amount,
    cast(
        closing_amount - opening_amount - earned_amount + written_off_amount + billed_amount
        as decimal(18, 4)
    ) as fx_amount,
    closing_amount,
    booked_amount,
    cast(net_earned_to_date_amount as decimal(18, 4)) as recognised_to_date_amount,
    cast(billed_to_date_amount as decimal(18, 4)) as billed_to_date_amount
from rolled
{%- endmacro %}
