-- Grain: one row per legal entity, practice and fiscal period: what was signed by its end
-- for projects that had not begun, or that there were none of yet, at the rate of exchange of
-- that day. Of what has begun fct_backlog_monthly says what is left.
with

begun as (
    select
        project_key,
        min(period_month) as first_month
    from {{ ref('int_project_months') }}
    group by project_key
),

waiting as (
    select
        bookings.legal_entity_code,
        bookings.practice_code,
        months.period_month,
        months.measured_to_date,
        bookings.booking_currency_code,
        bookings.currency_code,
        bookings.stated_amount
    from {{ ref('fct_bookings') }} as bookings
    inner join {{ ref('int_entity_months') }} as months
        on bookings.legal_entity_code = months.legal_entity_code
        and bookings.booking_date <= months.measured_to_date
    left join begun on bookings.project_key = begun.project_key
    where
        bookings.stated_amount is not null
        and (begun.first_month is null or begun.first_month > months.period_month)
)

select
    waiting.legal_entity_code,
    waiting.practice_code,
    waiting.period_month,
    cast(sum({{ translated(
        'waiting.stated_amount', 'waiting.booking_currency_code', 'waiting.currency_code',
        'fx_rates.fx_rate'
    ) }}) as decimal(18, 4)) as backlog_amount
from waiting
{{ join_fx_rate(
    'fx_rates', 'waiting.booking_currency_code', 'waiting.currency_code',
    'waiting.measured_to_date'
) }}
group by waiting.legal_entity_code, waiting.practice_code, waiting.period_month
