-- Grain: one row per posting key: the kinds' rows at the grain that policy posts them
-- in. A kind without a policy is summed per project and month, and held.
with

stacked as (
    {{ stacked_postings([
        ref('adj_labour_cost_accrual'),
        ref('adj_labour_cost_true_up'),
        ref('adj_burden_allocation'),
        ref('adj_subcontractor_accrual'),
        ref('adj_expense_to_project'),
        ref('adj_revenue_accrual'),
        ref('adj_revenue_deferral'),
        ref('adj_fx_revaluation'),
        ref('adj_intercompany'),
        ref('adj_cost_reclassification')
    ]) }}
),

keyed as (
    select
        stacked.*,
        stacked.kind || '|' || coalesce(stacked.legal_entity_code, '') || '|'
        || coalesce(stacked.project_code, '-') || '|'
        || substr(cast(stacked.period_month as varchar), 1, 7)
        || coalesce('|' || stacked.part, '')
        || case
            when policies.grain in ('person_day', 'detail')
                then
                    coalesce('|' || stacked.resource_key, '')
                    || coalesce('|' || cast(stacked.work_date as varchar), '')
            else ''
        end
        || case
            when policies.grain = 'detail' then coalesce('|' || stacked.reference, '')
            else ''
        end as posting_key
    from stacked
    left join {{ ref('posting_policies') }} as policies
        on stacked.kind = policies.kind
        and stacked.legal_entity_code = policies.legal_entity_code
)

select
    posting_key,
    kind,
    legal_entity_code,
    project_code,
    credit_project_code,
    period_month,
    currency_code,
    debit_account,
    credit_account,
    cast(sum(desired_amount) as decimal(18, 4)) as desired_amount,
    cast(
        coalesce({{ ratio('sum(desired_minutes)', '60', 2) }}, 0) - sum(taken_hours)
        as decimal(18, 2)
    ) as desired_hours,
    cast(sum(source_entry_count) as bigint) as source_entry_count
from keyed
group by
    posting_key,
    kind,
    legal_entity_code,
    project_code,
    credit_project_code,
    period_month,
    currency_code,
    debit_account,
    credit_account
