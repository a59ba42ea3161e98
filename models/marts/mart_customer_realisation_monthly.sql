-- Grain: one row per customer, legal entity and month, to the as-of month. Amounts in the
-- functional currency of the entity.
with

monthly as (
    select
        projects.customer_key,
        projects.legal_entity_code,
        realisation.period_month,
        realisation.currency_code,
        {{ summed_realisation() }}
    from {{ ref('fct_realisation_monthly') }} as realisation
    inner join {{ ref('dim_projects') }} as projects
        on realisation.project_key = projects.project_key
    group by
        projects.customer_key,
        projects.legal_entity_code,
        realisation.period_month,
        realisation.currency_code
)

select
    monthly.customer_key,
    customers.customer_number,
    customers.customer_name,
    monthly.legal_entity_code,
    monthly.period_month,
    monthly.currency_code,
    {{ realisation_measures('monthly') }}
from monthly
left join {{ ref('dim_customers') }} as customers
    on monthly.customer_key = customers.customer_key
