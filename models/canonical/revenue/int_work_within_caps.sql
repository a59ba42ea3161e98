-- Grain: one row per cap that a contract has had and piece of its capped work: what of the
-- work, in order over all obligations, that cap lets through. A cap that was raised lets
-- through more of the work before it, too.
with

caps as (
    select
        project_key,
        row_number() over (
            partition by project_key order by min(period_month) nulls last
        ) as cap_number,
        cap_amount,
        max(period_month) as last_month
    from (
        select
            project_key,
            period_month,
            max(cap_amount) as cap_amount
        from {{ ref('int_obligation_months') }}
        where revenue_method = 'time_and_materials_capped'
        group by project_key, period_month
    ) as monthly
    group by project_key, cap_amount
),

totalled as (
    select
        pieces.*,
        caps.cap_number,
        caps.cap_amount,
        caps.last_month = max(caps.last_month) over (partition by caps.project_key)
            as is_in_force,
        sum(pieces.value_amount) over (
            partition by pieces.project_key, caps.cap_number
            order by pieces.work_number nulls last
            rows between unbounded preceding and current row
        ) as to_date_amount
    from {{ ref('int_capped_work') }} as pieces
    inner join caps on pieces.project_key = caps.project_key
)

select
    project_key,
    cap_number,
    work_number,
    obligation_key,
    work_date,
    period_month,
    role_name,
    contract_currency_code,
    cap_amount,
    value_amount,
    cast(
        least(to_date_amount, coalesce(cap_amount, to_date_amount))
        - least(
            to_date_amount - value_amount,
            coalesce(cap_amount, to_date_amount - value_amount)
        ) as decimal(18, 4)
    ) as within_cap_amount,
    is_in_force
from totalled
