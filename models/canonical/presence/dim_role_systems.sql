-- Grain: one row per role and configured system that plays it, by the latest list that
-- landing kept. Before landing kept lists, who had been read was configured.
with

newest as (select max(listed_at) as listed_at from {{ ref('stg_landing__instances') }}),

latest as (

    select
        lists.source_instance,
        lists.vendor,
        lists.contracts
    from {{ ref('stg_landing__instances') }} as lists
    inner join newest on lists.listed_at = newest.listed_at

    union distinct

    select
        loads.source_instance,
        loads.vendor,
        cast(null as varchar) as contracts
    from {{ ref('stg_landing__loads') }} as loads
    inner join newest on newest.listed_at is null

),

plays as (
    {{ vendors_playing() }}
)

select
    plays.role_code,
    latest.source_instance,
    cast(latest.vendor as varchar) as source_system
from latest
inner join plays
    on latest.vendor = plays.source_system
    and (
        latest.contracts is null  -- all that its vendor says
        or ' ' || latest.contracts like '% ' || plays.role_code || '_%'
    )
