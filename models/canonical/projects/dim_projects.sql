-- Grain: one row per project code that the PSA, a won opportunity or an ERP job carries. The
-- CRM owns the sold terms, the PSA structure and delivery, the ERP its dimensions. Several
-- deals of one customer are one contract. What nobody sold is non-billable, unless customers
-- are charged for it and the PSA does not call it that: this, and what several customers' deals
-- claim, is not known. Without a CRM the PSA's contract type and price count.
with

sold as (
    select
        deals.*,
        crosswalk_customers.customer_number
    from {{ ref('crm_deals') }} as deals
    left join {{ ref('crosswalk_customers') }} as crosswalk_customers
        on crosswalk_customers.role = 'crm'
        and deals.source_instance = crosswalk_customers.source_instance
        and deals.customer_id = crosswalk_customers.record_id
),

delivered as (
    select
        projects.*,
        crosswalk_customers.customer_number,
        crosswalk_resources.employee_number as manager_employee_number
    from {{ ref('psa_projects') }} as projects
    left join {{ ref('crosswalk_customers') }} as crosswalk_customers
        on crosswalk_customers.role = 'psa'
        and projects.source_instance = crosswalk_customers.source_instance
        and projects.customer_id = crosswalk_customers.record_id
    left join {{ ref('crosswalk_resources') }} as crosswalk_resources
        on crosswalk_resources.role = 'psa'
        and projects.source_instance = crosswalk_resources.source_instance
        and projects.manager_person_id = crosswalk_resources.record_id
),

booked as (
    select
        jobs.*,
        entities.legal_entity_code,
        dimensions.practice_code,
        crosswalk_customers.customer_number
    from {{ ref('erp_projects') }} as jobs
    left join {{ ref('erp_entities') }} as entities
        on jobs.source_instance = entities.source_instance
        and jobs.entity_id = entities.entity_id
    left join {{ ref('erp_dimensions') }} as dimensions
        on jobs.source_instance = dimensions.source_instance
        and jobs.dimension_id = dimensions.dimension_id
    left join {{ ref('crosswalk_customers') }} as crosswalk_customers
        on crosswalk_customers.role = 'erp'
        and jobs.source_instance = crosswalk_customers.source_instance
        and jobs.customer_id = crosswalk_customers.record_id
),

-- What the deals of a project come to that were won together.
terms as (
    select
        project_code,
        min(service_start_date) as service_start_date,
        max(service_end_date) as service_end_date,
        {{ sum_if_known('price_amount') }} as price_amount,
        {{ sum_if_known('cap_amount') }} as cap_amount,
        {{ sum_if_known('fee_ceiling_amount') }} as fee_ceiling_amount
    from {{ ref('int_contract_deals') }}
    where effective_date is null
    group by project_code
),

-- Won deals name these and are linked to none: what was sold is not known.
doubted as (
    select distinct coalesce(named.project_code, deals.claimed_project_code) as project_code
    from {{ ref('crosswalk_projects') }} as deals
    left join {{ ref('crosswalk_projects') }} as named
        on deals.claimed_project_code = named.claimed_project_code
        and named.project_code is not null
    where
        deals.role = 'crm'
        and deals.project_code is null
        and deals.claimed_project_code is not null
),

codes as (
    select project_code from {{ ref('crosswalk_projects') }}
    where project_code is not null
    union distinct
    select claimed_project_code as project_code from {{ ref('crosswalk_projects') }}
    where claimed_project_code is not null
),

masters as (
    select
        codes.project_code,
        max(case when crosswalk.role = 'crm' then crosswalk.record_id end)
            as crm_opportunity_id,
        max(case when crosswalk.role = 'crm' then crosswalk.source_instance end)
            as crm_source_instance,
        max(case when crosswalk.role = 'psa' then crosswalk.record_id end)
            as psa_project_id,
        max(case when crosswalk.role = 'psa' then crosswalk.source_instance end)
            as psa_source_instance,
        max(case when crosswalk.role = 'erp' then crosswalk.record_id end)
            as erp_project_id,
        max(case when crosswalk.role = 'erp' then crosswalk.source_instance end)
            as erp_source_instance
    from codes
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on codes.project_code = crosswalk.project_code and crosswalk.is_master
    group by codes.project_code
),

joined as (
    select
        masters.project_code,
        masters.crm_opportunity_id,
        masters.psa_project_id,
        masters.erp_project_id,
        booked.dimension_id as erp_department_id,
        coalesce(sold.customer_number, delivered.customer_number, booked.customer_number)
            as customer_number,
        coalesce(delivered.project_name, booked.project_name, sold.deal_name)
            as project_name,
        coalesce(
            delivered.legal_entity_code, sold.legal_entity_code, booked.legal_entity_code
        ) as legal_entity_code,
        coalesce(delivered.practice_code, sold.practice_code, booked.practice_code)
            as practice_code,
        case
            when not {{ has_role('crm') }} then delivered.contract_type
            when masters.crm_opportunity_id is not null then sold.contract_type
            when
                doubted.project_code is null
                and (charged.project_code is null or delivered.contract_type = 'non_billable')
                then 'non_billable'
        end as contract_type,
        coalesce(sold.currency_code, delivered.currency_code, booked.currency_code)
            as contract_currency_code,
        delivered.project_status,
        delivered.manager_employee_number,
        coalesce(terms.service_start_date, delivered.start_date) as service_start_date,
        coalesce(terms.service_end_date, delivered.end_date) as service_end_date,
        sold.fee_rate,
        case
            when {{ has_role('crm') }} then terms.price_amount
            else delivered.price_amount
        end as price_amount,
        terms.cap_amount,
        sold.cap_currency_code,
        terms.fee_ceiling_amount,
        delivered.expense_budget_amount,
        delivered.expense_budget_currency_code,
        coalesce(delivered.is_archived, false) as is_archived
    from masters
    left join sold
        on masters.crm_source_instance = sold.source_instance
        and masters.crm_opportunity_id = sold.deal_id
    left join terms on masters.project_code = terms.project_code
    left join doubted on masters.project_code = doubted.project_code
    left join {{ ref('int_projects_charged') }} as charged
        on masters.project_code = charged.project_code
    left join delivered
        on masters.psa_source_instance = delivered.source_instance
        and masters.psa_project_id = delivered.project_id
    left join booked
        on masters.erp_source_instance = booked.source_instance
        and masters.erp_project_id = booked.project_id
)

select
    {{ entity_key('project', ['joined.project_code']) }} as project_key,
    {{ entity_key('customer', ['joined.customer_number']) }} as customer_key,
    {{ entity_key('resource', ['joined.manager_employee_number']) }} as manager_resource_key,
    joined.project_code,
    joined.crm_opportunity_id,
    joined.psa_project_id,
    joined.erp_project_id,
    joined.erp_department_id,
    joined.service_start_date,
    joined.service_end_date,
    joined.project_name,
    joined.legal_entity_code,
    joined.practice_code,
    joined.contract_type,
    coalesce(joined.contract_currency_code, legal_entities.currency_code)
        as contract_currency_code,
    legal_entities.currency_code as functional_currency_code,
    joined.project_status,
    joined.fee_rate,
    joined.price_amount,
    joined.cap_amount,
    coalesce(
        joined.cap_currency_code, joined.contract_currency_code, legal_entities.currency_code
    ) as cap_currency_code,
    joined.fee_ceiling_amount,
    joined.expense_budget_amount,
    coalesce(joined.expense_budget_currency_code, legal_entities.currency_code)
        as expense_budget_currency_code,
    joined.is_archived,
    'project:' || joined.project_code as correlation_id
from joined
left join {{ ref('dim_legal_entities') }} as legal_entities
    on joined.legal_entity_code = legal_entities.legal_entity_code
