-- Grain: one row per project of which revenue, its days or billing are not known, with the first
-- reason: a term of the contract that nobody states, or a role, or what labour costs, that
-- the firm does not have and the method measures by. Cost is progress or price of some
-- methods, and expenses passed on are revenue beside any price or fill a cap. What is
-- measured by the month is spread over its days by their cost: without it the days are not
-- known, nor what they are worth in another currency. A PSA may say no invoices of what is
-- sold, nor what progress is measured by.
with

labour as (
    select min(case when not is_known then absence_reason end) as absence_reason
    from {{ ref('dim_people_measures') }}
    where measure = 'labour'
),

-- Of a project in a PSA, what that says.
psa_projects as (
    select
        crosswalk.project_code,
        coalesce(bool_or(said.contract = 'psa_invoices'), false) as has_invoices,
        coalesce(bool_or(said.contract = 'psa_billing_milestones'), false)
            as has_milestones,
        coalesce(bool_or(said.contract = 'psa_acceptances'), false) as has_acceptances,
        coalesce(bool_or(said.contract = 'psa_progress_stated'), false) as has_progress
    from {{ ref('crosswalk_projects') }} as crosswalk
    left join {{ ref('int_contracts_said') }} as said
        on crosswalk.source_system = said.source_system
        and said.role_code = 'psa'
    where crosswalk.role = 'psa' and crosswalk.project_code is not null
    group by crosswalk.project_code
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
        labour.absence_reason as labour_reason,
        case
            when obligations.revenue_method = 'milestone' and not psa_projects.has_milestones
                then '5 no milestones from the PSA'
            when
                obligations.revenue_method in ('milestone', 'completed_contract')
                and not psa_projects.has_acceptances
                then '5 no acceptances from the PSA'
            when
                obligations.revenue_method = 'percent_entered'
                and not psa_projects.has_progress
                then '5 no progress from the PSA'
        end as progress_reason,
        case
            when obligations.revenue_method != 'none' and not psa_projects.has_invoices
                then '6 no invoices from the PSA'
        end as billing_reason
    from {{ ref('dim_obligations') }} as obligations
    cross join labour
    left join psa_projects on obligations.project_code = psa_projects.project_code
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
            else progress_reason
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
    count(coalesce(unmeasured_reason, undated_reason)) > 0 as is_undated,
    count(billing_reason) > 0 as is_billing_unknown,
    cast(
        substr(
            coalesce(min(unmeasured_reason), min(undated_reason), min(billing_reason)), 3
        ) as varchar
    ) as absence_reason
from reasoned
where
    unmeasured_reason is not null
    or undated_reason is not null
    or billing_reason is not null
group by project_key
