-- Grain: one row per won project and system in which it is missing.
with

profiled as (
    select
        missing.*,
        billing_policies.billing_basis as billing_method,
        customers.country_code,
        regions.customer_region,
        profiles.tax_code,
        dimensions.segment_code,
        as_of.as_of_date,
        coalesce(own.action, firm_wide.action) as chosen_action,
        coalesce(own.owner, firm_wide.owner) as policy_owner
    from {{ ref('int_projects_to_set_up') }} as missing
    cross join {{ ref('dim_as_of') }} as as_of
    left join {{ ref('billing_policies') }} as billing_policies
        on missing.contract_type = billing_policies.contract_type
    left join {{ ref('dim_customers') }} as customers
        on missing.customer_key = customers.customer_key
    left join {{ ref('customer_regions') }} as regions
        on customers.country_code = regions.country_code
    left join {{ ref('tax_profiles') }} as profiles
        on missing.legal_entity_code = profiles.legal_entity_code
        and regions.customer_region = profiles.customer_region
        and as_of.as_of_date >= profiles.valid_from
        and as_of.as_of_date < {{ open_end('profiles.valid_to') }}
    left join {{ ref('reporting_dimensions') }} as dimensions
        on missing.legal_entity_code = dimensions.legal_entity_code
        and regions.customer_region = dimensions.customer_region
    left join {{ ref('record_policies') }} as own
        on own.kind = 'project_shell' and missing.legal_entity_code = own.legal_entity_code
    left join {{ ref('record_policies') }} as firm_wide
        on firm_wide.kind = 'project_shell' and firm_wide.legal_entity_code = '*'
),

judged as (
    select
        *,
        case
            when match_status = 'ambiguous' then 'project code claimed twice'
            when service_end_date < as_of_date then 'service has ended'
            when erp_subsidiary_id is null then 'legal entity unknown in ERP'
            when not is_target_known then 'PSA of the legal entity unknown'
            when target_customer_id is null then 'customer unknown in ' || target_system
            when contract_type is null then 'no contract type'
            when billing_method is null then 'no billing policy'
            when country_code is null then 'no country of the customer'
            when customer_region is null then 'no region of the customer'
            when tax_code is null then 'no tax profile'
            when segment_code is null then 'no reporting dimensions'
            when target_side = 'erp' and erp_department_id is null
                then 'practice unknown in ' || target_system
            when chosen_action is null or chosen_action != 'post' then 'policy'
        end as hold_reason
    from profiled
)

select
    'project_shell|' || target_system || '|' || project_code as posting_key,
    cast('project_shell' as varchar) as kind,
    target_system,
    cast('project' as varchar) as record_type,
    cast(null as varchar) as record_id,
    {{ json_fields({
        'code': 'project_code',
        'name': 'project_name',
        'customer_id': 'target_customer_id',
        'subsidiary_id': "case when target_side = 'erp' then erp_subsidiary_id end",
        'department_id': "case when target_side = 'erp' then erp_department_id end",
        'legal_entity_code': 'legal_entity_code',
        'practice_code': 'practice_code',
        'contract_type': 'contract_type',
        'billing_method': 'billing_method',
        'tax_code': 'tax_code',
        'segment_code': 'segment_code',
        'currency_code': 'currency_code',
        'price_amount': 'price_amount',
        'start_date': 'service_start_date',
        'end_date': 'service_end_date',
    }) }} as record_fields,
    legal_entity_code,
    project_code,
    {{ month_start('coalesce(close_date, as_of_date)') }} as period_month,
    cast(coalesce(close_date, as_of_date) as date) as posting_date,
    cast(case when hold_reason is null then 'post' else 'hold' end as varchar)
        as policy_action,
    cast(hold_reason as varchar) as hold_reason,
    case when hold_reason is not null then policy_owner end as hold_owner,
    correlation_id,
    crm_source_system || ':' || crm_opportunity_id as source_ids
from judged
