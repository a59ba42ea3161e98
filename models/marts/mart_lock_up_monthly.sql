-- Grain: one row per legal entity, level, code and month, with the names people know.
select
    lock_up.level_name,
    case lock_up.level_name
        when 'customer' then customers.customer_number
        else lock_up.level_code
    end as level_code,
    case lock_up.level_name
        when 'customer' then customers.customer_name
        when 'practice' then practices.practice_name
        else legal_entities.legal_entity_name
    end as display_name,
    lock_up.legal_entity_code,
    legal_entities.region,
    lock_up.period_month,
    lock_up.measured_to_date,
    lock_up.balance_basis,
    lock_up.currency_code,
    lock_up.receivable_opening_amount,
    lock_up.receivable_closing_amount,
    lock_up.unbilled_opening_amount,
    lock_up.unbilled_closing_amount,
    lock_up.trailing_revenue_amount,
    lock_up.trailing_days,
    lock_up.sales_outstanding_days,
    lock_up.wip_days,
    lock_up.lock_up_days
from {{ ref('fct_lock_up_monthly') }} as lock_up
left join {{ ref('dim_legal_entities') }} as legal_entities
    on lock_up.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('practices') }} as practices
    on lock_up.level_code = practices.practice_code
left join {{ ref('dim_customers') }} as customers
    on lock_up.level_code = customers.customer_key
