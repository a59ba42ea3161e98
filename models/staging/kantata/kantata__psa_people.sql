-- Grain: one row per Kantata user; the employee number is a field of the firm's own.
with

employee_ids as (
    select
        own_fields.source_instance,
        own_fields.subject_id as user_id,
        max(own_fields.field_value) as employee_number
    from {{ ref('stg_kantata__custom_field_values') }} as own_fields
    inner join {{ ref('stg_landing__settings') }} as own_names
        on own_fields.source_instance = own_names.source_instance
        and own_fields.field_name = own_names.setting_value
        and own_names.setting = 'fields.employee_number'
    where own_fields.subject_type = 'User' and not own_fields.is_deleted
    group by own_fields.source_instance, own_fields.subject_id
)

select
    kantata_users.user_id as person_id,
    employee_ids.employee_number,
    kantata_users.role_id,
    kantata_roles.role_name,
    kantata_users.full_name,
    lower(trim(kantata_users.email)) as work_email,
    not coalesce(kantata_users.is_disabled, false) as is_active,
    {{ role_lineage('kantata_users') }}
from {{ ref('stg_kantata__users') }} as kantata_users
left join employee_ids
    on kantata_users.source_instance = employee_ids.source_instance
    and kantata_users.user_id = employee_ids.user_id
left join {{ ref('stg_kantata__roles') }} as kantata_roles
    on kantata_users.source_instance = kantata_roles.source_instance
    and kantata_users.role_id = kantata_roles.role_id
