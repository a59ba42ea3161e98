-- Grain: one row per contractor's entry that no bill covers yet, and one per order line
-- and day that received goods or services, or took an accrual back. A bill ends the
-- accrual by itself: nothing is desired any more, so cost is never accrued and billed.
with

stacked as (

    select
        legal_entity_code,
        project_code,
        resource_key,
        cost_date as work_date,
        period_month,
        cast(null as varchar) as reference,
        accrued_amount as desired_amount
    from {{ ref('fct_subcontractor_costs') }}
    where not is_billed

    union all

    select
        legal_entity_code,
        project_code,
        cast(null as varchar) as resource_key,
        cost_date as work_date,
        period_month,
        commitment_key as reference,
        accrual_amount as desired_amount
    from {{ ref('fct_purchase_costs') }}

)

select
    {{ desired_posting(
        'subcontractor_accrual', resource='resource_key', day='work_date',
        reference='reference'
    ) }}
from stacked
where project_code is not null
