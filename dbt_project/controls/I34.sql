{{ config(tags=['control'], severity='error', meta={'control_id': 'I34'}) }}

-- Tables of configured systems that were never read whole: what nobody knows is not
-- published as if there were nothing. One that was whole before is published with its age.
-- A system lacks a table where policy says so and no row of it was ever landed.
select
    source_system,
    source_instance,
    table_name,
    status
from {{ ref('dim_sources') }}
where
    whole_on is null and status != 'absent'
    or status = 'absent' and versions_count > 0
