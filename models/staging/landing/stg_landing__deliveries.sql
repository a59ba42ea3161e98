-- Grain: one row per delivered file, and per period of which one is overdue.
with

source as (
    select * from {{ current_version(source('landing', 'deliveries')) }}
),

renamed as (
    select
        -- keys
        feed as feed_name,
        file_name,
        stamp as delivery_stamp,

        -- attributes
        modified_at,
        sha256 as content_hash,
        status,
        reason,

        -- quantities
        size_bytes,
        line_count,

        -- lineage
        {{ lineage('files') }}
    from source
)

select * from renamed
