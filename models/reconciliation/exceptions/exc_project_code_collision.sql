-- Records of a project code that two claim, whichever of them kept it: nobody but an
-- override can say whose it is. Deals of several customers are another cause.
select
    'project_code_collision' as kind,
    'project code ' || crosswalk.claimed_project_code || ' is claimed twice: by ' || case
        when crosswalk.match_status = 'ambiguous' then 'this record and another'
        else 'another PSA first, so this project is ' || crosswalk.project_code
    end as reason,
    crosswalk.source_system,
    crosswalk.source_instance,
    crosswalk.role || ' ' || crosswalk.record_id as source_id,
    projects.legal_entity_code,
    projects.project_key,
    cast(null as date) as period_month,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as currency_code,
    cast(null as date) as since
from {{ ref('crosswalk_projects') }} as crosswalk
left join {{ ref('dim_projects') }} as projects
    on coalesce(crosswalk.project_code, crosswalk.claimed_project_code) = projects.project_code
where
    (
        crosswalk.match_status = 'ambiguous'
        or crosswalk.match_rule = 'project_code_of_instance'
    )
    and not coalesce(crosswalk.is_of_other_customer, false)
