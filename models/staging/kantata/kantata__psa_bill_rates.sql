-- Grain: one row per Kantata rate card, version of it and role. A version is a whole card
-- and holds until the next that is published; a draft ends nothing. A role that it leaves
-- out has its default rate, where it has one, and else no price.
with

priced as (

    select
        prices.rate_card_version_id,
        prices.role_id,
        prices.rate_in_minor_units,
        {{ role_lineage('prices') }}
    from {{ ref('stg_kantata__rate_card_roles') }} as prices
    where not prices.is_deleted

    union all

    select
        versions.rate_card_version_id,
        kantata_roles.role_id,
        versions.default_rate_in_minor_units as rate_in_minor_units,
        {{ role_lineage('versions') }}
    from {{ ref('stg_kantata__rate_card_versions') }} as versions
    inner join {{ ref('stg_kantata__roles') }} as kantata_roles
        on versions.source_instance = kantata_roles.source_instance
    left join {{ ref('stg_kantata__rate_card_roles') }} as prices
        on versions.source_instance = prices.source_instance
        and versions.rate_card_version_id = prices.rate_card_version_id
        and kantata_roles.role_id = prices.role_id
        and not prices.is_deleted
    where versions.default_rate_in_minor_units > 0 and prices.role_id is null

),

versions as (
    select
        versions.source_instance,
        versions.rate_card_version_id,
        versions.rate_card_id,
        cards.title as rate_card_name,
        cards.currency_code,
        versions.effective_date as valid_from,
        lead(versions.effective_date, 1, date '9999-12-31') over (
            partition by
                versions.source_instance,
                versions.rate_card_id,
                coalesce(versions.is_published, false)
            order by versions.effective_date nulls last
        ) as valid_to,
        coalesce(versions.is_published, false) as is_published
    from {{ ref('stg_kantata__rate_card_versions') }} as versions
    inner join {{ ref('stg_kantata__rate_cards') }} as cards
        on versions.source_instance = cards.source_instance
        and versions.rate_card_id = cards.rate_card_id
        and not cards.is_deleted
    where not versions.is_deleted
)

select
    versions.rate_card_id,
    versions.rate_card_name,
    priced.role_id,
    kantata_roles.role_name,
    versions.currency_code,
    versions.valid_from,
    versions.valid_to,
    -- Kantata states these in minor units of the card's currency.
    cast({{ ratio(
        'priced.rate_in_minor_units', minor_units('versions.currency_code'), 6
    ) }} as decimal(18, 6)) as bill_rate,
    versions.is_published,
    {{ role_lineage('priced') }}
from priced
inner join versions
    on priced.source_instance = versions.source_instance
    and priced.rate_card_version_id = versions.rate_card_version_id
inner join {{ ref('stg_kantata__roles') }} as kantata_roles
    on priced.source_instance = kantata_roles.source_instance
    and priced.role_id = kantata_roles.role_id
