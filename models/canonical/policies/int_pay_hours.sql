-- Grain: one row per employee and range of days, half-open, in which one pay holds: what it
-- comes to in a year, and the share of full time it is for. Pay is for the hours contracted
-- when it was set: if the hours change and the pay does not, nobody knows yet what an hour
-- costs, so it costs what it did. Where pay is entered up to a month before the change of
-- hours that it belongs to, it is for the hours to come, if that is nearer to what an hour
-- cost before. What is gone from HR counts for the days before the first that stands.
with

pay as (
    {{ last_known('hr_pay', 'employee_pseudonym') }}
),

pay_ranges as (
    select
        resources.resource_key,
        pay.valid_from,
        lead(pay.valid_from, 1, date '9999-12-31') over (
            partition by resources.resource_key order by pay.valid_from nulls last
        ) as valid_to,
        pay.currency_code,
        pay.pay_basis,
        pay.pay_amount,
        pay.is_deleted,
        case pay.pay_basis
            when 'annual' then 1
            when 'monthly' then 12
            when 'four_weekly' then 13
            when 'semi_monthly' then 24
            when 'biweekly' then 26
            when 'weekly' then 52
        end as payments_a_year,
        {{ source_coordinates('pay') }}
    from pay
    inner join {{ ref('int_hr_people') }} as resources
        on pay.source_instance = resources.source_instance
        and pay.employee_pseudonym = resources.employee_pseudonym
),

assignments as (select * from {{ ref('dim_resource_assignments') }}),

-- The hours of the day that pay is set on; before somebody's first day, of that.
first_hours as (
    select
        pay_ranges.resource_key,
        pay_ranges.valid_from,
        min_by(assignments.fte_rate, assignments.valid_from) as fte_rate
    from pay_ranges
    inner join assignments
        on pay_ranges.resource_key = assignments.resource_key
        and pay_ranges.valid_from < assignments.valid_to
    group by pay_ranges.resource_key, pay_ranges.valid_from
),

of_the_day as (
    select
        pay_ranges.*,
        cast(pay_ranges.pay_amount * pay_ranges.payments_a_year as decimal(18, 4))
            as annual_amount,
        first_hours.fte_rate as own_fte_rate
    from pay_ranges
    left join first_hours
        on pay_ranges.resource_key = first_hours.resource_key
        and pay_ranges.valid_from = first_hours.valid_from
),

-- The hours that change within a month after it, before any other pay does.
changed as (
    select
        of_the_day.resource_key,
        of_the_day.valid_from,
        max_by(assignments.fte_rate, assignments.valid_from) as next_fte_rate
    from of_the_day
    inner join assignments
        on of_the_day.resource_key = assignments.resource_key
        and of_the_day.valid_from < assignments.valid_from
        and {{ dbt.datediff('of_the_day.valid_from', 'assignments.valid_from', 'day') }} <= 31
        and of_the_day.valid_to > assignments.valid_from
        and of_the_day.own_fte_rate != assignments.fte_rate
        and {{ dbt.datediff('assignments.valid_from', 'of_the_day.valid_to', 'day') }} > 31
    group by of_the_day.resource_key, of_the_day.valid_from
),

compared as (
    select
        of_the_day.*,
        changed.next_fte_rate,
        {{ ratio('of_the_day.annual_amount', 'of_the_day.own_fte_rate', 4) }} as own_cost,
        {{ ratio('of_the_day.annual_amount', 'changed.next_fte_rate', 4) }} as next_cost,
        lag({{ ratio('of_the_day.annual_amount', 'of_the_day.own_fte_rate', 4) }}) over (
            partition by of_the_day.resource_key order by of_the_day.valid_from nulls last
        ) as cost_before
    from of_the_day
    left join changed
        on of_the_day.resource_key = changed.resource_key
        and of_the_day.valid_from = changed.valid_from
)

select
    resource_key,
    valid_from,
    valid_to,
    currency_code,
    pay_basis,
    pay_amount,
    annual_amount,
    case
        when
            next_cost is not null
            and {{ ratio('greatest(next_cost, cost_before)', 'least(next_cost, cost_before)', 6) }}
            < {{ ratio('greatest(own_cost, cost_before)', 'least(own_cost, cost_before)', 6) }}
            then next_fte_rate
        else own_fte_rate
    end as fte_rate,
    is_deleted,
    source_system,
    source_instance,
    source_id,
    source_version
from compared
