-- Grain: one row per role of the PSA that is used.
select
    source_instance,
    max(role_id) as role_id,
    role_name
from {{ ref('psa_roles') }}
where not is_deleted and role_name is not null
group by source_instance, role_name
