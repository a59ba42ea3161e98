-- Grain: one row per cap that a contract has had and piece of its capped work: what of the
-- work, in order over all obligations, caps on a part of the contract and then that cap let
-- through. A cap that was raised lets through more of the work before it, too. One in
-- another currency than the contract's counts the work in its own, at the day's rate.
with

caps as (
    select
        project_key,
        row_number() over (
            partition by project_key order by min(period_month) nulls last
        ) as cap_number,
        stated_cap_amount as cap_amount,
        cap_currency_code,
        max(period_month) as last_month
    from (
        select
            project_key,
            period_month,
            max(stated_cap_amount) as stated_cap_amount,
            max(cap_currency_code) as cap_currency_code
        from {{ ref('int_obligation_months') }}
        where revenue_method = 'time_and_materials_capped'
        group by project_key, period_month
    ) as monthly
    group by project_key, stated_cap_amount, cap_currency_code
),

counted as (
    select
        pieces.*,
        parts.within_part_caps_amount,
        parts.above_role_cap_amount,
        parts.above_month_cap_amount,
        parts.is_uncounted,
        caps.cap_number,
        caps.cap_amount,
        caps.cap_currency_code,
        caps.last_month = max(caps.last_month) over (partition by caps.project_key)
            as is_in_force,
        {{ translated(
            'parts.within_part_caps_amount', 'pieces.contract_currency_code',
            'caps.cap_currency_code', 'cap_fx.fx_rate'
        ) }} as counted_amount
    from {{ ref('int_capped_work') }} as pieces
    inner join {{ ref('int_work_within_part_caps') }} as parts
        on pieces.project_key = parts.project_key
        and pieces.work_number = parts.work_number
    inner join caps on pieces.project_key = caps.project_key
    {{ join_fx_rate(
        'cap_fx', 'pieces.contract_currency_code', 'caps.cap_currency_code',
        'pieces.work_date'
    ) }}
),

totalled as (
    select
        *,
        sum(counted_amount) over (
            partition by project_key, cap_number
            order by work_number nulls last
            rows between unbounded preceding and current row
        ) as to_date_amount
    from counted
),

limited as (
    select
        *,
        {{ let_through(
            'within_part_caps_amount', 'counted_amount', 'to_date_amount', 'cap_amount',
            'contract_currency_code'
        ) }} as within_cap_amount
    from totalled
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
    cap_currency_code,
    value_amount,
    above_role_cap_amount,
    above_month_cap_amount,
    cast(within_part_caps_amount - within_cap_amount as decimal(18, 4))
        as above_contract_cap_amount,
    cast(within_cap_amount as decimal(18, 4)) as within_cap_amount,
    is_uncounted or (counted_amount is null and cap_amount is not null) as is_uncounted,
    is_in_force
from limited
