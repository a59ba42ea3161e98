{{ config(tags=['control'], severity='error', meta={'control_id': 'I24'}) }}
-- Desired amounts that are lost or doubled between a kind's rows and its posting keys.
with

detailed as (
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

stacked as (

    select
        kind,
        legal_entity_code,
        project_code,
        desired_amount as detailed_amount,
        0 as desired_amount
    from detailed

    union all

    select
        kind,
        legal_entity_code,
        project_code,
        0 as detailed_amount,
        desired_amount
    from {{ ref('adj_desired_postings') }}

)

select
    kind,
    legal_entity_code,
    project_code,
    sum(detailed_amount) as detailed_amount,
    sum(desired_amount) as desired_amount,
    sum(detailed_amount) - sum(desired_amount) as difference_amount
from stacked
group by kind, legal_entity_code, project_code
having sum(detailed_amount) != sum(desired_amount)
