-- Grain: one row per legal entity, project and month whose labour cost the ledger does
-- not hold as it should, or to which Tieout has posted. Desired is provisional labour
-- cost less what others booked on the labour account; Tieout's own postings are not
-- deducted, the reverse sync compares them with the desired amount.
with

labour_costs as (
    select * from {{ ref('fct_labour_costs') }}
    where project_code is not null
),

gl_entries as (
    select * from {{ ref('fct_gl_entries') }}
    where
        account_number = '{{ var("labour_account", "5000") }}'
        and project_code is not null
),

stacked as (

    select
        legal_entity_code,
        project_code,
        period_month,
        coalesce(provisional_amount, 0) as desired_amount,
        worked_minutes as desired_minutes,
        0 as booked_hours,
        1 as entry_count,
        0 as own_amount,
        0 as own_count
    from labour_costs

    union all

    select
        legal_entity_code,
        project_code,
        period_month,
        case when is_own_posting then 0 else -net_amount end as desired_amount,
        0 as desired_minutes,
        case
            when is_own_posting then 0
            when net_amount < 0 then -abs(coalesce(worked_hours, 0))
            else coalesce(worked_hours, 0)
        end as booked_hours,
        0 as entry_count,
        case when is_own_posting then net_amount else 0 end as own_amount,
        case when is_own_posting then 1 else 0 end as own_count
    from gl_entries

),

summed as (
    select
        legal_entity_code,
        project_code,
        period_month,
        sum(desired_amount) as desired_amount,
        coalesce({{ ratio('sum(desired_minutes)', '60', 2) }}, 0) - sum(booked_hours)
            as desired_hours,
        sum(entry_count) as source_entry_count,
        sum(own_amount) as own_posted_amount,
        sum(own_count) as own_count
    from stacked
    group by legal_entity_code, project_code, period_month
),

dimensioned as (
    select
        summed.*,
        policies.kind,
        policies.open_period_action,
        policies.closed_period_action,
        policies.approval_threshold_amount,
        policies.debit_account,
        policies.credit_account,
        legal_entities.erp_subsidiary_id,
        legal_entities.currency_code,
        projects.erp_project_id,
        projects.erp_department_id,
        periods.period_id,
        periods.end_date as posting_date,
        periods.is_closed
    from summed
    left join {{ ref('posting_policies') }} as policies
        on summed.legal_entity_code = policies.legal_entity_code
        and policies.kind = 'labour_cost_accrual'
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on summed.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('dim_projects') }} as projects
        on summed.project_code = projects.project_code
    left join {{ ref('dim_fiscal_periods') }} as periods
        on summed.legal_entity_code = periods.legal_entity_code
        and summed.period_month = periods.period_month
    where summed.desired_amount != 0 or summed.own_count > 0
),

decided as (
    select
        *,
        'labour_cost_accrual|' || coalesce(legal_entity_code, '') || '|' || project_code
        || '|' || substr(cast(period_month as varchar), 1, 7) as posting_key,
        case
            when kind is null then 'no policy'
            when erp_project_id is null then 'project unknown in ERP'
            when erp_department_id is null then 'missing department'
            when period_id is null then 'period unknown'
            when is_closed and closed_period_action = 'hold' then 'period closed'
            when not is_closed and open_period_action = 'hold' then 'held by policy'
            when abs(desired_amount - own_posted_amount) > approval_threshold_amount
                then 'above threshold'
        end as hold_reason
    from dimensioned
)

select
    posting_key,
    cast('labour_cost_accrual' as varchar) as kind,
    legal_entity_code,
    erp_subsidiary_id,
    project_code,
    erp_project_id,
    erp_department_id,
    period_month,
    period_id,
    case when is_closed then 'closed' when not is_closed then 'open' end as period_state,
    posting_date,
    currency_code,
    debit_account as debit_account_number,
    credit_account as credit_account_number,
    cast(desired_amount as decimal(18, 4)) as desired_amount,
    cast(desired_hours as decimal(18, 2)) as desired_hours,
    cast(own_posted_amount as decimal(18, 4)) as own_posted_amount,
    cast(desired_amount - own_posted_amount as decimal(18, 4)) as unposted_amount,
    case when hold_reason is null then 'post' else 'hold' end as policy_action,
    hold_reason,
    cast(source_entry_count as bigint) as source_entry_count,
    {{ entity_key('posting', ['posting_key']) }} as correlation_id
from decided
