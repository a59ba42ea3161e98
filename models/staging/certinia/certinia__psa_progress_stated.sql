-- Grain: one row per project and day on which its percentage for recognition was stated: the
-- last one of the day. A version that leaves it as it was states it again.
with

stated as (
    select
        source_system,
        source_instance,
        project_id,
        source_id,
        source_version,
        recognition_percent,
        cast(coalesce(source_updated_at, landed_at) as date) as stated_date
    from {{ ref('stg_certinia__project_versions') }}
    where
        not is_deleted
        and not coalesce(is_pattern, false)
        and recognition_percent is not null
),

last_of_day as (
    {{ first_of_each(
        'stated', key=['source_instance', 'project_id', 'stated_date'],
        order=['source_version desc nulls last']
    ) }}
)

select
    project_id,
    cast(null as varchar) as obligation_code,
    stated_date,
    cast(recognition_percent * 0.01 as decimal(9, 6)) as progress_rate,
    source_system,
    source_instance,
    source_id
from last_of_day
