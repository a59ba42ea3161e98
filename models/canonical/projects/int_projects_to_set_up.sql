-- Grain: one row per won deal's project and system, PSA or ERP, that does not have it. What
-- the firm has no system for is to be set up in none.
with

dimensions as (
    select
        source_instance,
        practice_code,
        max(dimension_id) as dimension_id
    from {{ ref('erp_dimensions') }}
    where not is_deleted and not is_inactive
    group by source_instance, practice_code
),

-- Where a project is held because no system of a kind knows its customer or company, its
-- row still needs the name of one.
psas as (
    select
        min(source_instance) as first_instance,
        case when count(distinct source_instance) = 1 then min(source_instance) end
            as only_instance
    from {{ ref('psa_projects') }}
),

-- A project is set up in the PSA that has its entity's, where that is one.
entity_psas as (
    select
        legal_entity_code,
        min(source_instance) as source_instance
    from {{ ref('psa_projects') }}
    where not is_deleted
    group by legal_entity_code
    having count(distinct source_instance) = 1
),

first_erp as (
    select min(source_instance) as source_instance from {{ ref('dim_legal_entities') }}
),

-- A code that two records of another system claim has no project there yet to see.
doubtful as (
    select distinct claimed_project_code from {{ ref('crosswalk_projects') }}
    where match_status = 'ambiguous'
),

customers as (
    select * from {{ ref('crosswalk_customers') }}
    where customer_number is not null
),

-- Of several groups that are one customer the one that names it itself.
psa_groups as (
    select
        source_instance,
        customer_number,
        coalesce(
            min(case when match_rule != 'merged' then record_id end), min(record_id)
        ) as record_id
    from customers
    where role = 'psa'
    group by source_instance, customer_number
),

sold as (
    select
        projects.project_code,
        projects.crm_opportunity_id,
        deals.source_system as crm_source_system,
        projects.psa_project_id,
        case
            when legal_entities.erp_instance is null then projects.erp_project_id
            else booked.erp_project_id
        end as erp_project_id,
        case
            when doubtful.claimed_project_code is not null then 'ambiguous'
            else crosswalk.match_status
        end as match_status,
        psa_customers.record_id as psa_group_id,
        erp_customers.record_id as erp_customer_id,
        deals.deal_name as project_name,
        deals.legal_entity_code,
        deals.practice_code,
        deals.contract_type,
        deals.currency_code,
        projects.customer_key,
        deals.service_start_date,
        deals.service_end_date,
        deals.price_amount,
        deals.close_date,
        legal_entities.erp_subsidiary_id,
        dimensions.dimension_id as erp_department_id,
        coalesce(entity_psas.source_instance, psas.first_instance, 'psa') as psa_instance,
        coalesce(entity_psas.source_instance, psas.only_instance) is not null
            as is_psa_known,
        coalesce(legal_entities.source_instance, first_erp.source_instance, 'erp')
            as erp_instance,
        projects.correlation_id
    from {{ ref('crosswalk_projects') }} as crosswalk
    cross join psas
    inner join {{ ref('dim_projects') }} as projects
        on crosswalk.project_code = projects.project_code
    inner join {{ ref('crm_deals') }} as deals
        on crosswalk.source_instance = deals.source_instance
        and crosswalk.record_id = deals.deal_id
    left join doubtful on crosswalk.project_code = doubtful.claimed_project_code
    left join customers as crm_customers
        on crm_customers.role = 'crm'
        and deals.source_instance = crm_customers.source_instance
        and deals.customer_id = crm_customers.record_id
    left join entity_psas on deals.legal_entity_code = entity_psas.legal_entity_code
    left join psa_groups as psa_customers
        on psa_customers.source_instance
        = coalesce(entity_psas.source_instance, psas.only_instance)
        and crm_customers.customer_number = psa_customers.customer_number
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on deals.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('int_projects_booked') }} as booked
        on legal_entities.erp_instance = booked.erp_instance
        and crosswalk.project_code = booked.project_code
    cross join first_erp
    left join customers as erp_customers
        on erp_customers.role = 'erp'
        and legal_entities.source_instance = erp_customers.source_instance
        and crm_customers.customer_number = erp_customers.customer_number
    left join dimensions
        on legal_entities.source_instance = dimensions.source_instance
        and deals.practice_code = dimensions.practice_code
    where crosswalk.role = 'crm' and crosswalk.is_master
),

stacked as (

    select
        sold.psa_instance as target_system,
        'psa' as target_side,
        sold.psa_group_id as target_customer_id,
        sold.is_psa_known as is_target_known,
        sold.*
    from sold
    where sold.psa_project_id is null and {{ has_role('psa') }}

    union all

    select
        sold.erp_instance as target_system,
        'erp' as target_side,
        sold.erp_customer_id as target_customer_id,
        true as is_target_known,
        sold.*
    from sold
    where sold.erp_project_id is null and {{ has_role('erp') }}

)

select
    cast(target_system as varchar) as target_system,
    cast(target_side as varchar) as target_side,
    project_code,
    crm_source_system,
    crm_opportunity_id,
    match_status,
    project_name,
    legal_entity_code,
    practice_code,
    contract_type,
    currency_code,
    customer_key,
    target_customer_id,
    is_target_known,
    erp_subsidiary_id,
    erp_department_id,
    service_start_date,
    service_end_date,
    price_amount,
    close_date,
    correlation_id
from stacked
