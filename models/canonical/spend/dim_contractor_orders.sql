-- Grain: one row per contractor, project and range of days, half-open: the order that
-- prices an hour. It is the one in force that began last; on days when none is, the last
-- one before, else the first one after, which is an exception and not a free hour.
with

orders as (
    select
        resource_key,
        project_key,
        commitment_key,
        supplier_number,
        po_number,
        po_line_id,
        source_instance,
        currency_code,
        hourly_rate,
        is_deleted,
        coalesce(service_start_date, ordered_date, date '1900-01-01') as begins,
        cast(
            {{ dbt.dateadd(
                'day', 1, "least("
                ~ open_end('service_end_date') ~ ', ' ~ open_end('closed_date')
                ~ ", date '9999-12-30')"
            ) }} as date
        ) as ends
    from {{ ref('fct_purchase_commitments') }}
    where is_hours and resource_key is not null and project_key is not null
),

bounds as (

    select
        resource_key,
        project_key,
        date '1900-01-01' as valid_from
    from orders

    union distinct

    select
        resource_key,
        project_key,
        begins as valid_from
    from orders

    union distinct

    select
        resource_key,
        project_key,
        ends as valid_from
    from orders
    where ends < date '9999-12-31'

),

ranges as (
    select
        *,
        lead(valid_from, 1, date '9999-12-31') over (
            partition by resource_key, project_key order by valid_from nulls last
        ) as valid_to
    from bounds
),

priced as (
    select
        ranges.resource_key,
        ranges.project_key,
        ranges.valid_from,
        ranges.valid_to,
        orders.commitment_key,
        orders.supplier_number,
        orders.po_number,
        orders.po_line_id,
        orders.source_instance,
        orders.currency_code,
        orders.hourly_rate,
        orders.begins,
        orders.begins <= ranges.valid_from
        and ranges.valid_from < orders.ends
        and not orders.is_deleted as is_in_force,
        orders.begins <= ranges.valid_from as has_begun
    from ranges
    inner join orders
        on ranges.resource_key = orders.resource_key
        and ranges.project_key = orders.project_key
),

placed as (
    select
        *,
        row_number() over (
            partition by resource_key, project_key, valid_from
            order by
                hourly_rate is null asc nulls last,
                is_in_force desc nulls last,
                has_begun desc nulls last,
                case when has_begun then begins end desc nulls last,
                begins asc nulls last,
                po_number asc nulls last,
                po_line_id asc nulls last,
                source_instance asc nulls last
        ) as place,
        max(case when is_in_force then hourly_rate end) over alike as highest_rate,
        min(case when is_in_force then hourly_rate end) over alike as lowest_rate,
        max(case when is_in_force then currency_code end) over alike as last_currency,
        min(case when is_in_force then currency_code end) over alike as first_currency
    from priced
    window
        alike as (partition by resource_key, project_key, valid_from, begins)
)

select
    resource_key,
    project_key,
    valid_from,
    valid_to,
    commitment_key,
    supplier_number,
    po_number,
    currency_code,
    hourly_rate,
    is_in_force,
    is_in_force and (highest_rate != lowest_rate or last_currency != first_currency)
        as is_ambiguous
from placed
where place = 1
