-- Grain: one row per record of any declared raw table whose latest version holds values
-- that are not of their declared type, with their text as the vendor wrote it.
with

stacked as (
    {{ every_unreadable_value() }}
)

select
    cast(vendor as varchar) as vendor,
    cast(table_name as varchar) as table_name,
    cast(source_instance as varchar) as source_instance,
    cast(record_key as varchar) as record_key,
    cast(load_id as varchar) as load_id,
    cast(landed_at as timestamp) as landed_at,
    cast(field_texts as varchar) as field_texts,
    is_pay
from stacked
