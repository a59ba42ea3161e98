-- Grain: one row per time entry lent at a fixed price of an hour by the person's grade,
-- translated to the provider's currency if the card is in another.
with

lent as (
    select * from {{ ref('int_time_lent') }}
    where transfer_price_method = 'rate_card'
),

priced as (
    select
        lent.time_entry_key,
        lent.work_date,
        lent.currency_code,
        cards.currency_code as card_currency_code,
        {{ minutes_at_rate(
            'lent.worked_minutes', 'cards.hourly_rate', minor_units('cards.currency_code')
        ) }} as card_amount
    from lent
    left join {{ ref('transfer_rate_cards') }} as cards
        on lent.provider_entity_code = cards.provider_entity_code
        and lent.grade_code = cards.grade_code
        and lent.work_date >= cards.valid_from
        and lent.work_date < {{ open_end('cards.valid_to') }}
)

select
    priced.time_entry_key,
    priced.currency_code,
    cast({{ translated(
        'priced.card_amount', 'priced.card_currency_code', 'priced.currency_code',
        'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as charge_amount
from priced
{{ join_fx_rate(
    'fx_rates', 'priced.card_currency_code', 'priced.currency_code', 'priced.work_date'
) }}
