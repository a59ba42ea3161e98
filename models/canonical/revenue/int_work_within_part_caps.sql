-- Grain: one row per piece of capped work: what caps on a part of the contract let through
-- of it, first that of its role, then that of its calendar month. What a month's cap cuts
-- does not use up the role's, so each month starts from the one before it. A cap in another
-- currency than the contract's counts the work in its own, at the day's rate.
with recursive

pieces as (
    select
        capped_work.project_key,
        dense_rank() over (
            partition by capped_work.project_key
            order by {{ month_start('capped_work.work_date') }} nulls last
        ) as month_number,
        capped_work.work_number,
        capped_work.contract_currency_code,
        capped_work.value_amount,
        coalesce(
            role_caps.role_name || ' ' || cast(role_caps.valid_from as varchar), ''
        ) as role_cap,
        role_caps.cap_amount as role_cap_amount,
        case
            when role_caps.cap_amount is null then 0
            else {{ translated(
                'capped_work.value_amount', 'capped_work.contract_currency_code',
                'role_caps.currency_code', 'role_fx.fx_rate'
            ) }}
        end as role_counted_amount,
        coalesce(cast(month_caps.valid_from as varchar), '') as month_cap,
        month_caps.cap_amount as month_cap_amount,
        month_caps.currency_code as month_currency_code,
        month_fx.fx_rate as month_fx_rate
    from {{ ref('int_capped_work') }} as capped_work
    inner join {{ ref('dim_projects') }} as projects
        on capped_work.project_key = projects.project_key
    left join {{ ref('cap_policies') }} as role_caps
        on role_caps.cap_level = 'role'
        and projects.project_code = upper(role_caps.project_code)
        and capped_work.role_name = role_caps.role_name
        and capped_work.work_date >= role_caps.valid_from
        and capped_work.work_date < {{ open_end('role_caps.valid_to') }}
    left join {{ ref('cap_policies') }} as month_caps
        on month_caps.cap_level = 'month'
        and projects.project_code = upper(month_caps.project_code)
        and capped_work.work_date >= month_caps.valid_from
        and capped_work.work_date < {{ open_end('month_caps.valid_to') }}
    {{ join_fx_rate(
        'role_fx', 'capped_work.contract_currency_code', 'role_caps.currency_code',
        'capped_work.work_date'
    ) }}
    {{ join_fx_rate(
        'month_fx', 'capped_work.contract_currency_code', 'month_caps.currency_code',
        'capped_work.work_date'
    ) }}
    where
        projects.project_code in (
            select upper(policies.project_code) from {{ ref('cap_policies') }} as policies
        )
),

months as (
    select distinct
        project_key,
        month_number
    from pieces
),

-- A piece of nothing carries each cap of a role through the months without its work.
steps as (

    select * from pieces

    union all

    select distinct
        months.project_key,
        months.month_number,
        cast(0 as bigint) as work_number,
        pieces.contract_currency_code,
        cast(0 as decimal(18, 4)) as value_amount,
        pieces.role_cap,
        pieces.role_cap_amount,
        cast(0 as decimal(18, 4)) as role_counted_amount,
        '' as month_cap,
        cast(null as decimal(18, 4)) as month_cap_amount,
        cast(null as varchar) as month_currency_code,
        cast(null as decimal(18, 8)) as month_fx_rate
    from months
    inner join pieces on months.project_key = pieces.project_key

),

passed as (

    select distinct
        project_key,
        cast(0 as bigint) as month_number,
        cast(0 as bigint) as work_number,
        role_cap,
        cast(0 as decimal(18, 4)) as value_amount,
        cast(0 as decimal(18, 4)) as within_role_amount,
        cast(0 as decimal(18, 4)) as within_amount,
        cast(0 as decimal(18, 4)) as carried_amount,
        false as is_uncounted,
        true as is_last
    from pieces

    union all

    select
        project_key,
        month_number,
        work_number,
        role_cap,
        value_amount,
        cast(within_role_amount as decimal(18, 4)) as within_role_amount,
        cast(within_amount as decimal(18, 4)) as within_amount,
        cast(
            carried_amount + sum(
                role_counted_amount - coalesce(
                    {{ rounded_amount(
                        [
                            'cast(role_counted_amount as decimal(19, 4))',
                            'cast(within_role_amount - within_amount as decimal(18, 4))',
                        ], "10000", divided_by='value_amount'
                    ) }}, 0
                )
            ) over (partition by project_key, role_cap) as decimal(18, 4)
        ) as carried_amount,
        role_counted_amount is null
        or (month_cap_amount is not null and month_counted_amount is null) as is_uncounted,
        row_number() over (
            partition by project_key, role_cap order by work_number desc nulls last
        ) = 1 as is_last
    from (
        select
            *,
            {{ let_through(
                'within_role_amount', 'month_counted_amount', 'month_to_date_amount',
                'month_cap_amount', 'contract_currency_code'
            ) }} as within_amount
        from (
            select
                *,
                sum(month_counted_amount) over (
                    partition by project_key, month_cap
                    order by work_number nulls last
                    rows between unbounded preceding and current row
                ) as month_to_date_amount
            from (
                select
                    *,
                    {{ translated(
                        'within_role_amount', 'contract_currency_code',
                        'month_currency_code', 'month_fx_rate'
                    ) }} as month_counted_amount
                from (
                    select
                        *,
                        cast({{ let_through(
                            'value_amount', 'role_counted_amount', 'role_to_date_amount',
                            'role_cap_amount', 'contract_currency_code'
                        ) }} as decimal(18, 4)) as within_role_amount
                    from (
                        select
                            steps.*,
                            passed.carried_amount,
                            passed.carried_amount + sum(steps.role_counted_amount) over (
                                partition by steps.project_key, steps.role_cap
                                order by steps.work_number nulls last
                                rows between unbounded preceding and current row
                            ) as role_to_date_amount
                        from passed
                        inner join steps
                            on passed.project_key = steps.project_key
                            and passed.month_number + 1 = steps.month_number
                            and passed.role_cap = steps.role_cap
                        where passed.is_last
                    ) as totalled
                ) as of_role
            ) as counted
        ) as of_month
    ) as limited

)

select
    capped_work.project_key,
    capped_work.work_number,
    cast(coalesce(passed.within_amount, capped_work.value_amount) as decimal(18, 4))
        as within_part_caps_amount,
    cast(coalesce(passed.value_amount - passed.within_role_amount, 0) as decimal(18, 4))
        as above_role_cap_amount,
    cast(coalesce(passed.within_role_amount - passed.within_amount, 0) as decimal(18, 4))
        as above_month_cap_amount,
    coalesce(passed.is_uncounted, false) as is_uncounted
from {{ ref('int_capped_work') }} as capped_work
left join passed
    on capped_work.project_key = passed.project_key
    and capped_work.work_number = passed.work_number
