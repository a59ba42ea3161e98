-- Grain: one row per legal entity, pool, month and currency, without persons: neither the
-- hours nor the payroll of fewer people than the smallest group are shown.
with

judged as (
    select
        *,
        people_count = 0 or people_count >= {{ var('smallest_group') }} as is_shown,
        (people_count = 0 or people_count >= {{ var('smallest_group') }})
        and (paid_people_count = 0 or paid_people_count >= {{ var('smallest_group') }})
            as is_settled_shown
    from {{ ref('fct_burden_pools_monthly') }}
)

select
    judged.legal_entity_code,
    legal_entities.region,
    judged.pool,
    pools.method as loading_method,
    pools.basis,
    judged.period_month,
    judged.people_count,
    judged.paid_people_count,
    judged.currency_code,
    case when judged.is_shown then judged.raw_amount end as raw_amount,
    case when judged.is_shown then judged.applied_amount end as applied_amount,
    case when judged.is_settled_shown then judged.settled_amount end as settled_amount,
    case when judged.is_settled_shown then judged.actual_amount end as actual_amount,
    case when judged.is_settled_shown then judged.over_absorbed_amount end
        as over_absorbed_amount,
    case when judged.is_settled_shown then judged.actualisation_amount end
        as actualisation_amount,
    case
        when not judged.is_settled_shown then null
        when judged.over_absorbed_amount > 0 then 'over'
        when judged.over_absorbed_amount < 0 then 'under'
        else 'even'
    end as absorption
from judged
left join {{ ref('dim_legal_entities') }} as legal_entities
    on judged.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('burden_pools') }} as pools on judged.pool = pools.pool
