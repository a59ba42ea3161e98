-- Grain: one row per live order line and value of it that was known for some days. An order
-- is of its day: what it first came to counts from then on; another value counts from the
-- day that landing saw it. Of a version that could not be read what was known before stays.
with

commitments as (select * from {{ ref('fct_purchase_commitments') }}),

versions as (
    select
        *,
        row_number() over (
            partition by source_instance, po_line_id order by source_version
        ) = 1 as is_first
    from {{ ref('spend_order_line_versions') }}
    where ordered_amount is not null and not is_deleted
),

stacked as (

    select
        commitments.commitment_key,
        versions.source_instance,
        versions.source_version,
        versions.ordered_amount,
        coalesce(versions.currency_code, commitments.currency_code) as currency_code,
        versions.is_first,
        cast(versions.landed_at as date) as landed_on
    from commitments
    inner join versions
        on commitments.source_instance = versions.source_instance
        and commitments.po_line_id = versions.po_line_id

    union all

    select
        commitments.commitment_key,
        commitments.source_instance,
        commitments.source_version,
        commitments.ordered_amount,
        commitments.currency_code,
        true as is_first,
        cast(null as date) as landed_on
    from commitments
    left join versions
        on commitments.source_instance = versions.source_instance
        and commitments.po_line_id = versions.po_line_id
    where versions.po_line_id is null

),

states as (
    {{ known_states('stacked', 'commitment_key', 'source_version nulls last') }}
),

known as (
    select
        commitment_key,
        source_version,
        currency_code,
        ordered_amount,
        case when is_first then date '1900-01-01' else known_from end as known_from,
        known_to,
        is_current
    from states
)

select
    commitment_key,
    source_version,
    currency_code,
    cast(ordered_amount as decimal(18, 4)) as ordered_amount,
    known_from,
    known_to,
    is_current
from known
where known_from < known_to
