-- Grain: one row per project that can be invoiced: the tax and the reporting dimensions
-- of its invoices on the as-of date, by selling entity and the customer's region. What
-- is missing blocks the invoice; nothing is left untaxed for want of a policy.
with

revenue_accounts as (
    select * from {{ ref('int_account_purposes') }}
    where purpose = 'services_revenue'
),

profiled as (
    select
        contracts.project_key,
        projects.legal_entity_code,
        customers.customer_key,
        customers.customer_number,
        customers.country_code,
        regions.customer_region,
        profiles.tax_code,
        profiles.tax_rate,
        profiles.is_reverse_charge,
        coalesce(of_region.account_number, any_region.account_number) as revenue_account,
        dimensions.segment_code,
        unmeasured.absence_reason
    from {{ ref('int_contracts_billed') }} as contracts
    inner join {{ ref('dim_projects') }} as projects
        on contracts.project_key = projects.project_key
    left join {{ ref('dim_customers') }} as customers
        on projects.customer_key = customers.customer_key
    left join {{ ref('customer_regions') }} as regions
        on customers.country_code = regions.country_code
    left join {{ ref('tax_profiles') }} as profiles
        on projects.legal_entity_code = profiles.legal_entity_code
        and regions.customer_region = profiles.customer_region
        and contracts.as_of_date >= profiles.valid_from
        and contracts.as_of_date < {{ open_end('profiles.valid_to') }}
    left join {{ ref('dim_projects_unmeasured') }} as unmeasured
        on contracts.project_key = unmeasured.project_key
        and (unmeasured.is_unmeasured or unmeasured.is_billing_unknown)
    left join {{ ref('reporting_dimensions') }} as dimensions
        on projects.legal_entity_code = dimensions.legal_entity_code
        and regions.customer_region = dimensions.customer_region
    left join revenue_accounts as of_region
        on projects.legal_entity_code = of_region.legal_entity_code
        and regions.customer_region = of_region.qualifier
    left join revenue_accounts as any_region
        on projects.legal_entity_code = any_region.legal_entity_code
        and any_region.qualifier is null
)

select
    project_key,
    legal_entity_code,
    customer_key,
    customer_number,
    country_code,
    customer_region,
    tax_code,
    cast(case when is_reverse_charge then 0 else tax_rate end as decimal(18, 6))
        as tax_rate,
    is_reverse_charge,
    revenue_account,
    segment_code,
    case
        when customer_key is null then 'no_customer'
        when country_code is null then 'no_country'
        when customer_region is null then 'no_region'
        when legal_entity_code is null then 'no_legal_entity'
        when tax_code is null then 'no_tax_profile'
        when segment_code is null then 'no_reporting_dimensions'
        when revenue_account is null then 'no_revenue_account'
        when absence_reason is not null then lower(replace(absence_reason, ' ', '_'))
    end as blocked_reason
from profiled
