-- Projects that a system lacks, or that lack their entity or department there (C06). A code
-- that two claim is named as that.
select
    'project_not_set_up' as kind,
    coalesce('project ' || differences.project_code, 'a project without a code') || ': '
    || replace(differences.match_status, '_', ' ') as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    differences.source_ids as source_id,
    differences.legal_entity_code,
    projects.project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    projects.service_start_date as since
from {{ ref('rec_projects_crm_psa_erp') }} as differences
left join {{ ref('dim_projects') }} as projects
    on differences.project_code = projects.project_code
where differences.match_status not in ('matched', 'ambiguous')
