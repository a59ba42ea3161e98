-- Grain: one row per vendor and contract that its systems say, of those that figures need by
-- themselves.
with

saying as (
    {{ vendors_saying() }}
)

select
    source_system,
    role_code,
    contract
from saying
where is_said
