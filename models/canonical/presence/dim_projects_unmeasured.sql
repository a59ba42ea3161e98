-- Grain: one row per project of which revenue, or its days, are not known, with the first
-- reason: a term of the contract that nobody states, or a role, or what labour costs, that
-- the firm does not have and the method measures by. Cost is progress or price of some
-- methods, and expenses passed on are revenue beside any price or fill a cap. What is
-- measured by the month is spread over its days by their cost: without it the days are not
-- known, nor what they are worth in another currency.
with

labour as (
    select min(case when not is_known then absence_reason end) as absence_reason
    from {{ ref('dim_people_measures') }}
    where measure = 'labour'
),

judged as (
    select
        obligations.project_key,
        obligations.project_code,
        {{ lacks_terms('obligations') }} as is_without_terms,
        obligations.revenue_method in ('cost_to_cost', 'cost_plus') as is_of_cost,
        obligations.revenue_method = 'time_and_materials_capped' as is_capped,
        obligations.revenue_method != 'none' as is_of_expenses,
        obligations.revenue_method not in ('none', 'milestone', 'time_and_materials')
            as is_spread,
        obligations.contract_currency_code != obligations.currency_code as is_foreign,
        labour.absence_reason as labour_reason
    from {{ ref('dim_obligations') }} as obligations
    cross join labour
),

of_price as (
    select
        *,
        case
            when is_without_terms and not {{ has_role('crm') }} then '1 no CRM'
            when is_without_terms then '2 no contract terms'
            when
                (is_of_cost or (is_spread and is_foreign)) and labour_reason is not null
                then '3 ' || labour_reason
            when
                (is_of_cost or is_capped or (is_spread and is_foreign))
                and not {{ has_role('spend') }}
                then '4 no spend system'
        end as price_reason
    from judged
),

reasoned as (
    select
        *,
        case
            when price_reason is not null then price_reason
            when is_of_expenses and not {{ has_role('spend') }} then '4 no spend system'
        end as unmeasured_reason,
        case
            when is_spread and labour_reason is not null then '3 ' || labour_reason
            when is_spread and not {{ has_role('spend') }} then '4 no spend system'
        end as undated_reason
    from of_price
)

select
    project_key,
    min(project_code) as project_code,
    bool_or(is_without_terms) as is_without_terms,
    count(price_reason) > 0 as is_price_unmeasured,
    count(unmeasured_reason) > 0 as is_unmeasured,
    cast(
        substr(coalesce(min(unmeasured_reason), min(undated_reason)), 3) as varchar
    ) as absence_reason
from reasoned
where unmeasured_reason is not null or undated_reason is not null
group by project_key
