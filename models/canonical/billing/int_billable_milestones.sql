-- Grain: one row per accepted milestone, of a contract billed by milestones, that no live
-- invoice bills, or not since a credit: what was credited of it is due again, and what lines
-- leave that bill a part of it; as far as what is left of the price, the oldest first. A
-- price that no milestone hangs on is due, as far as it is not invoiced, when service has
-- ended.
with

contracts as (
    select
        *,
        billed_amount - billed_expense_amount as billed_price_amount
    from {{ ref('int_contracts_billed') }}
    where billing_basis = 'milestones'
),

with_milestones as (
    select distinct project_key
    from {{ ref('dim_milestones') }}
),

accepted as (
    select
        contracts.project_key,
        milestones.milestone_id,
        milestones.accepted_date,
        milestones.milestone_title,
        billed.open_amount as amount,
        milestones.correlation_id,
        contracts.price_amount - contracts.billed_price_amount as open_price_amount,
        sum(billed.open_amount) over (
            partition by contracts.project_key
            order by milestones.accepted_date nulls last, milestones.milestone_id nulls last
            rows between unbounded preceding and current row
        ) as accepted_to_here_amount
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('int_milestones_billed') }} as billed
        on milestones.milestone_key = billed.milestone_key
    inner join contracts on milestones.project_key = contracts.project_key
    where milestones.is_accepted
),

stacked as (

    select
        project_key,
        'milestone' as line_type,
        milestone_id as line_id,
        accepted_date as service_date,
        milestone_title as line_text,
        case
            when open_price_amount is null or amount < 0 then amount
            else
                least(accepted_to_here_amount, greatest(open_price_amount, 0))
                - least(accepted_to_here_amount - amount, greatest(open_price_amount, 0))
        end as net_amount,
        correlation_id
    from accepted

    union all

    select
        contracts.project_key,
        'balance' as line_type,
        contracts.project_code as line_id,
        contracts.service_end_date as service_date,
        'Balance of the price' as line_text,
        contracts.price_amount - contracts.billed_price_amount as net_amount,
        'balance:' || contracts.project_code as correlation_id
    from contracts
    left join with_milestones on contracts.project_key = with_milestones.project_key
    where
        with_milestones.project_key is null
        and contracts.as_of_date >= contracts.service_end_date
        and contracts.price_amount > contracts.billed_price_amount

)

select
    project_key,
    cast(line_type as varchar) as line_type,
    line_id,
    service_date,
    line_text,
    cast(net_amount as decimal(18, 4)) as net_amount,
    correlation_id
from stacked
where net_amount != 0
