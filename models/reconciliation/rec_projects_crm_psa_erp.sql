-- Control C06. Grain: one row per project code, and per source project without a usable
-- one: won in the CRM, set up in the PSA, set up in the ERP that keeps its entity's books
-- (where that is not known, in any), with a department if that ERP has them. A project
-- nobody sold is internal and needs no CRM, unless customers are charged for it. What the
-- firm has no system for is missing in none.
with

-- A code two systems claim names either, whichever of them kept it.
doubtful as (
    select distinct claimed_project_code from {{ ref('crosswalk_projects') }}
    where match_status = 'ambiguous' or match_rule = 'project_code_of_instance'
),

set_up as (
    select
        coalesce(
            crosswalk.project_code,
            upper(crosswalk.role) || ':' || crosswalk.source_instance || ':'
            || crosswalk.record_id
        ) as difference_key,
        crosswalk.project_code,
        max(case when crosswalk.role = 'crm' then 1 else 0 end) = 1 as is_in_crm,
        max(case when crosswalk.role = 'psa' then 1 else 0 end) = 1 as is_in_psa,
        max(case when crosswalk.role = 'erp' then 1 else 0 end) = 1 as is_in_erp,
        max(case when doubtful.claimed_project_code is not null then 1 else 0 end) = 1
            as is_doubtful,
        {{ dbt.listagg(
            "crosswalk.source_system || ':' || crosswalk.source_instance || ':'"
            ~ " || crosswalk.record_id",
            "', '",
            "order by case crosswalk.role when 'crm' then 1 when 'psa' then 2 else 3 end,"
            ~ " crosswalk.source_instance, crosswalk.record_id"
        ) }} as source_ids
    from {{ ref('crosswalk_projects') }} as crosswalk
    left join doubtful
        on crosswalk.claimed_project_code = doubtful.claimed_project_code
    where crosswalk.match_status != 'deleted'
    group by
        coalesce(
            crosswalk.project_code,
            upper(crosswalk.role) || ':' || crosswalk.source_instance || ':'
            || crosswalk.record_id
        ),
        crosswalk.project_code
),

judged as (
    select
        set_up.*,
        projects.legal_entity_code,
        case
            when set_up.is_doubtful then 'ambiguous'
            when set_up.project_code is null then 'missing_project_code'
            when not set_up.is_in_psa then 'missing_in_psa'
            when projects.legal_entity_code is null then 'missing_legal_entity'
            when
                {{ has_role('erp') }}
                and case
                    when legal_entities.erp_instance is null then not set_up.is_in_erp
                    else booked.project_code is null
                end
                then 'missing_in_erp'
            when
                {{ has_role('erp') }}
                and coalesce(legal_entities.has_dimensions, true)
                and case
                    when legal_entities.erp_instance is null then projects.erp_department_id
                    else booked.erp_department_id
                end is null
                then 'missing_cost_centre'
            when
                not set_up.is_in_crm
                and charged.project_code is not null
                and {{ has_role('crm') }}
                then 'missing_in_crm'
            else 'matched'
        end as match_status
    from set_up
    left join {{ ref('dim_projects') }} as projects
        on set_up.project_code = projects.project_code
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on projects.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('int_projects_booked') }} as booked
        on legal_entities.erp_instance = booked.erp_instance
        and set_up.project_code = booked.project_code
    left join {{ ref('int_projects_charged') }} as charged
        on set_up.project_code = charged.project_code
)

select
    cast('C06' as varchar) as control_id,
    judged.difference_key,
    judged.legal_entity_code,
    cast(null as date) as period_month,
    judged.project_code,
    judged.is_in_crm,
    judged.is_in_psa,
    judged.is_in_erp,
    cast(null as decimal(18, 4)) as left_amount,
    cast(null as decimal(18, 4)) as right_amount,
    cast(null as decimal(18, 4)) as difference_amount,
    cast(null as varchar) as currency_code,
    judged.match_status,
    case when judged.match_status != 'matched' then judged.match_status end as reason,
    policies.owner,
    judged.source_ids
from judged
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C06' and policies.is_applicable
