-- Grain: one row per project code that the PSA says customers are charged for: it calls its
-- contract one that charges, has time on it that bills, or has invoiced it.
with

said as (

    select
        source_instance,
        project_id
    from {{ ref('psa_projects') }}
    where not is_deleted and contract_type != 'non_billable'

    union distinct

    select
        source_instance,
        project_id
    from {{ ref('psa_time_entries') }}
    where not is_deleted and is_billable

    union distinct

    select
        source_instance,
        project_id
    from {{ ref('psa_invoices') }}
    where not is_deleted

    union distinct

    select
        source_instance,
        project_id
    from {{ ref('psa_invoice_lines') }}
    where not is_deleted

)

select distinct projects.project_code
from said
inner join {{ ref('crosswalk_projects') }} as projects
    on projects.role = 'psa'
    and said.source_instance = projects.source_instance
    and said.project_id = projects.record_id
where projects.project_code is not null
