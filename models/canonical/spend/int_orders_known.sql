-- Grain: one row per order line and value of it that was known for some days. An order
-- is of its day: what it first came to counts from then on; another value counts from the
-- day that landing saw it. Of a version that could not be read what was known before stays.
with

commitments as (select * from {{ ref('fct_purchase_commitments') }}),

versions as (
    select
        commitments.commitment_key,
        stated.source_instance,
        stated.source_version,
        stated.ordered_amount,
        coalesce(stated.currency_code, commitments.currency_code) as currency_code,
        stated.landed_at
    from commitments
    inner join {{ ref('spend_order_line_versions') }} as stated
        on commitments.source_instance = stated.source_instance
        and commitments.po_line_id = stated.po_line_id
    where stated.ordered_amount is not null and not stated.is_deleted
),

states as (
    {{ known_states(
        'versions', 'commitments', key='commitment_key',
        columns=['source_version', 'ordered_amount', 'currency_code'],
        order_by='source_version nulls last'
    ) }}
),

ranked as (
    select
        *,
        min(source_version) over (partition by commitment_key) as first_version
    from states
),

known as (
    select
        commitment_key,
        source_version,
        currency_code,
        ordered_amount,
        case
            when source_version != first_version then known_from
            else date '1900-01-01'
        end as known_from,
        known_to,
        is_current
    from ranked
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
