-- Control C06. Grain: one row per project code, and per source project without a usable
-- one: won in the CRM, set up in the PSA, set up in the ERP with a department. A project
-- nobody sold is internal and needs no CRM, unless customers are charged for it.
with

charged as (

    select project_code
    from {{ ref('fct_invoices') }}
    where is_billed and project_code is not null

    union distinct

    select project_code
    from {{ ref('fct_time_entries') }}
    where is_billable and project_code is not null

),

judged as (
    select
        crosswalk.project_code,
        crosswalk.crm_opportunity_id,
        deals.source_system as crm_source_system,
        crosswalk.psa_project_id,
        psa_projects.source_system as psa_source_system,
        crosswalk.erp_project_id,
        jobs.source_system as erp_source_system,
        crosswalk.crm_opportunity_id is not null as is_in_crm,
        crosswalk.psa_project_id is not null as is_in_psa,
        crosswalk.erp_project_id is not null as is_in_erp,
        projects.legal_entity_code,
        case
            when crosswalk.match_status = 'ambiguous' then 'ambiguous'
            when crosswalk.project_code is null then 'missing_project_code'
            when crosswalk.psa_project_id is null then 'missing_in_psa'
            when projects.legal_entity_code is null then 'missing_legal_entity'
            when crosswalk.erp_project_id is null then 'missing_in_erp'
            when projects.erp_department_id is null then 'missing_cost_centre'
            when crosswalk.crm_opportunity_id is null and charged.project_code is not null
                then 'missing_in_crm'
            else 'matched'
        end as match_status
    from {{ ref('crosswalk_projects') }} as crosswalk
    left join {{ ref('dim_projects') }} as projects
        on crosswalk.project_code = projects.project_code
    left join {{ ref('crm_deals') }} as deals
        on crosswalk.crm_source_instance = deals.source_instance
        and crosswalk.crm_opportunity_id = deals.deal_id
    left join {{ ref('psa_projects') }} as psa_projects
        on crosswalk.psa_source_instance = psa_projects.source_instance
        and crosswalk.psa_project_id = psa_projects.project_id
    left join {{ ref('erp_projects') }} as jobs
        on crosswalk.erp_source_instance = jobs.source_instance
        and crosswalk.erp_project_id = jobs.project_id
    left join charged on crosswalk.project_code = charged.project_code
)

select
    cast('C06' as varchar) as control_id,
    coalesce(
        judged.project_code,
        'CRM:' || judged.crm_opportunity_id,
        'PSA:' || judged.psa_project_id,
        'ERP:' || judged.erp_project_id
    ) as difference_key,
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
    concat_ws(
        ', ',
        judged.crm_source_system || ':' || judged.crm_opportunity_id,
        judged.psa_source_system || ':' || judged.psa_project_id,
        judged.erp_source_system || ':' || judged.erp_project_id
    ) as source_ids
from judged
left join {{ ref('control_policies') }} as policies on policies.control_id = 'C06'
