-- Grain: one row per line of a won deal with a list price: what it would have cost alone
-- when the deal was won. The price known last on that day counts, else the first that was
-- known after it: a price book that changes later changes no share (ASC 606-10-32-43).
with

versions as (
    select
        deal_lines.source_instance,
        deal_lines.deal_line_id,
        versions.list_price_amount,
        versions.source_version,
        cast(versions.landed_at as date) <= deals.close_date as was_known
    from {{ ref('crm_deal_line_versions') }} as versions
    inner join {{ ref('crm_deal_lines') }} as deal_lines
        on versions.source_instance = deal_lines.source_instance
        and versions.deal_line_id = deal_lines.deal_line_id
    inner join {{ ref('crm_deals') }} as deals
        on deal_lines.source_instance = deals.source_instance
        and deal_lines.deal_id = deals.deal_id
    where
        deals.is_won
        and not versions.is_deleted
        and versions.list_price_amount is not null
),

placed as (
    select
        *,
        case when was_known then 0 else 1 end as turn,
        case when was_known then -source_version else source_version end as place
    from versions
),

inception as (
    {{ first_of_each(
        'placed', key=['source_instance', 'deal_line_id'],
        order=['turn nulls last', 'place nulls last']
    ) }}
)

select
    source_instance,
    deal_line_id,
    list_price_amount
from inception
