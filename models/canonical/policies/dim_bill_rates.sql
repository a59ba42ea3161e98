-- Grain: one row per role, currency and range of days, half-open: the standard price
-- of an hour. A card's version holds until the card's next version, so a role the
-- next version leaves out has no price from then on.
with

versions as (
    select
        versions.source_instance,
        versions.rate_card_version_id,
        cards.currency_code,
        versions.effective_date as valid_from,
        lead(versions.effective_date, 1, date '9999-12-31') over (
            partition by versions.source_instance, versions.rate_card_id
            order by versions.effective_date nulls last
        ) as valid_to
    from {{ ref('stg_kantata__rate_card_versions') }} as versions
    inner join {{ ref('stg_kantata__rate_cards') }} as cards
        on versions.source_instance = cards.source_instance
        and versions.rate_card_id = cards.rate_card_id
        and not cards.is_deleted
    where not versions.is_deleted
)

select
    psa_roles.role_name,
    versions.currency_code,
    versions.valid_from,
    versions.valid_to,
    cast(prices.bill_rate as decimal(18, 6)) as bill_rate,
    {{ source_coordinates('prices') }}
from {{ ref('stg_kantata__rate_card_roles') }} as prices
inner join versions
    on prices.source_instance = versions.source_instance
    and prices.rate_card_version_id = versions.rate_card_version_id
inner join {{ ref('stg_kantata__roles') }} as psa_roles
    on prices.source_instance = psa_roles.source_instance
    and prices.role_id = psa_roles.role_id
where not prices.is_deleted
