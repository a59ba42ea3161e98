-- Grain: one row per resource.
select
    contacts.contact_id as person_id,
    contacts.employee_number,
    contacts.role_name as role_id,
    contacts.role_name,
    contacts.full_name,
    contacts.email as work_email,
    coalesce(contacts.is_active, false) as is_active,
    {{ role_lineage('contacts') }}
from {{ ref('stg_certinia__contacts') }} as contacts
