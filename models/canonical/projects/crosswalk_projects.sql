-- Grain: one row per project code, and one per source project linked to none.
-- A code two projects of one system claim is ambiguous: neither is linked.
with

overrides as (
    select * from {{ ref('crosswalk_overrides') }}
    where entity_type = 'project'
),

records as (
    select
        'crm' as side,
        source_system,
        source_instance,
        deal_id as record_id,
        project_code
    from {{ ref('crm_deals') }}
    where is_won and not is_deleted

    union all

    select
        'psa' as side,
        source_system,
        source_instance,
        project_id as record_id,
        project_code
    from {{ ref('psa_projects') }}
    where not is_deleted

    union all

    select
        'erp' as side,
        source_system,
        source_instance,
        project_id as record_id,
        project_code
    from {{ ref('erp_projects') }}
    where not is_deleted
),

coded as (
    select
        records.side,
        records.source_instance,
        records.record_id,
        coalesce(
            overrides.canonical_id, nullif(upper(trim(records.project_code)), '')
        ) as project_code,
        overrides.canonical_id is not null as is_overridden
    from records
    left join overrides
        on records.source_system = overrides.source_system
        and records.source_instance = overrides.source_instance
        and records.record_id = overrides.source_id
),

claimed as (
    select
        *,
        count(*) over (partition by side, project_code) as claims_count
    from coded
),

linked as (
    select
        project_code,
        max(case when side = 'crm' and claims_count = 1 then record_id end)
            as crm_opportunity_id,
        max(case when side = 'crm' and claims_count = 1 then source_instance end)
            as crm_source_instance,
        max(case when side = 'psa' and claims_count = 1 then record_id end) as psa_project_id,
        max(case when side = 'psa' and claims_count = 1 then source_instance end)
            as psa_source_instance,
        max(case when side = 'erp' and claims_count = 1 then record_id end) as erp_project_id,
        max(case when side = 'erp' and claims_count = 1 then source_instance end)
            as erp_source_instance,
        max(claims_count) as claims_count,
        count(distinct side) as sides_count,
        bool_or(is_overridden) as is_overridden
    from claimed
    where project_code is not null
    group by project_code
)

select
    project_code,
    crm_opportunity_id,
    crm_source_instance,
    psa_project_id,
    psa_source_instance,
    erp_project_id,
    erp_source_instance,
    project_code as claimed_project_code,
    case
        when claims_count > 1 then 'ambiguous'
        when sides_count > 1 then 'matched'
        else 'unmatched'
    end as match_status,
    case when is_overridden then 'override' else 'project_code' end as match_rule
from linked

union all

select
    cast(null as varchar) as project_code,
    case when side = 'crm' then record_id end as crm_opportunity_id,
    case when side = 'crm' then source_instance end as crm_source_instance,
    case when side = 'psa' then record_id end as psa_project_id,
    case when side = 'psa' then source_instance end as psa_source_instance,
    case when side = 'erp' then record_id end as erp_project_id,
    case when side = 'erp' then source_instance end as erp_source_instance,
    project_code as claimed_project_code,
    case when project_code is null then 'unmatched' else 'ambiguous' end as match_status,
    cast(null as varchar) as match_rule
from claimed
where project_code is null or claims_count > 1
