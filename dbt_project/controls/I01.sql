{{ config(tags=['control'], severity='error', meta={'control_id': 'I01'}) }}

-- Per load and table, raw has as many rows as landing counted: a load that was cut
-- off or repeated shows here. Every declared source is checked, whichever vendor.
with

held as (
    {{ every_raw_table(
        'count(*) as rows_held', group_by=['source_instance', '_load_id']
    ) }}
),

landed as (
    select
        vendor,
        table_name,
        source_instance,
        load_id,
        max(rows_landed) as rows_landed
    from {{ ref('stg_landing__loads') }}
    group by vendor, table_name, source_instance, load_id
)

select
    landed.vendor,
    landed.table_name,
    landed.source_instance,
    landed.load_id,
    landed.rows_landed,
    coalesce(held.rows_held, 0) as rows_held
from landed
left join held
    on landed.vendor = held.vendor
    and landed.table_name = held.table_name
    and landed.source_instance = held.source_instance
    and landed.load_id = held._load_id
where landed.rows_landed != coalesce(held.rows_held, 0)
