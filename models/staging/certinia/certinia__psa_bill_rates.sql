-- Grain: one row per set, role and range of days. A rate card that is for one customer,
-- region, practice or group alone is a card of its own beside its set's; those in no set are
-- on a card for their currency. There are no drafts. A later one ends the one before.
with

priced as (
    select
        coalesce(
            members.rate_card_set_id,
            rate_cards.currency_code,
            nullif(own_names.setting_value, ''),
            ''
        )
        || coalesce(':' || rate_cards.account_id, '')
        || coalesce(':' || rate_cards.region_id, '')
        || coalesce(':' || rate_cards.practice_id, '')
        || coalesce(':' || rate_cards.group_id, '') as card_id,
        card_sets.rate_card_set_name,
        coalesce(rate_cards.currency_code, nullif(own_names.setting_value, ''))
            as card_currency_code,
        rate_cards.*
    from {{ ref('stg_certinia__rate_cards') }} as rate_cards
    left join {{ ref('stg_certinia__rate_card_set_members') }} as members
        on rate_cards.source_instance = members.source_instance
        and rate_cards.rate_card_id = members.rate_card_id
        and not members.is_deleted
    left join {{ ref('stg_certinia__rate_card_sets') }} as card_sets
        on members.source_instance = card_sets.source_instance
        and members.rate_card_set_id = card_sets.rate_card_set_id
        and not card_sets.is_deleted
    left join {{ ref('stg_landing__settings') }} as own_names
        on rate_cards.source_instance = own_names.source_instance
        and own_names.setting = 'values.currency'
    where
        not rate_cards.is_deleted
        and rate_cards.role_name is not null
        and rate_cards.bill_rate is not null
),

-- Of several that begin on one day the one made last counts.
began as (
    {{ first_of_each(
        'priced', key=['source_instance', 'card_id', 'role_name', 'start_date'],
        order=['source_updated_at desc nulls last', 'rate_card_id desc nulls last']
    ) }}
),

ranged as (
    select
        *,
        coalesce(start_date, date '1900-01-01') as valid_from,
        least(
            coalesce(
                cast({{ dbt.dateadd('day', 1, 'end_date') }} as date), date '9999-12-31'
            ),
            lead(start_date, 1, date '9999-12-31') over (
                partition by source_instance, card_id, role_name
                order by start_date nulls first
            )
        ) as valid_to
    from began
)

select
    ranged.card_id as rate_card_id,
    ranged.rate_card_set_name as rate_card_name,
    ranged.role_name as role_id,
    ranged.role_name,
    ranged.card_currency_code as currency_code,
    ranged.valid_from,
    ranged.valid_to,
    ranged.bill_rate,
    true as is_published,
    {{ role_lineage('ranged') }}
from ranged
