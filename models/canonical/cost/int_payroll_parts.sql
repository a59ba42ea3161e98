-- Grain: one row per final run, person and part of its cost: what one kind of pay is for,
-- and the days that bear it. Pay of the period is one part, on the days of the run. A bonus
-- is for the periods that policy names, in equal parts, or for those of its run where that
-- is for more than a month; arrears for the days that the payroll names, else as a bonus;
-- severance for no work. What the employer pays on top
-- follows what was earned. Of a run that is not over, the days to come are a part to come.
--
-- A period bears such a part once all its days have been paid in the person's payroll
-- group: until then it is to come, as nobody knows what the person will have done. Who was
-- never paid for work has been paid until the end of the run.
with

loaded as (select * from {{ ref('int_payroll_earned') }}),

own_periods as (
    select
        loaded.source_instance,
        loaded.payroll_run_id,
        loaded.associate_pseudonym,
        loaded.pay_class,
        loaded.borne_by,
        periods.period_month,
        periods.period_end_date
    from loaded
    inner join {{ ref('dim_entity_dates') }} as run_days
        on loaded.legal_entity_code = run_days.legal_entity_code
        and loaded.period_end_date = run_days.date_day
    inner join {{ ref('dim_periods') }} as run_periods
        on run_days.legal_entity_code = run_periods.legal_entity_code
        and run_days.period_month = run_periods.period_month
    inner join {{ ref('dim_periods') }} as periods
        on loaded.legal_entity_code = periods.legal_entity_code
    where
        case loaded.borne_by
            when 'fiscal_year' then run_periods.fiscal_year = periods.fiscal_year
            when 'previous_fiscal_year'
                then run_periods.fiscal_year - 1 = periods.fiscal_year
            when 'fiscal_quarter'
                then
                    run_periods.fiscal_year = periods.fiscal_year
                    and run_periods.quarter_no = periods.quarter_no
            when 'year_to_date'
                then
                    run_periods.fiscal_year = periods.fiscal_year
                    and periods.period_end_date < loaded.period_start_date
            when 'run_periods'
                then
                    periods.period_month <= loaded.period_end_date
                    and periods.period_end_date >= loaded.period_start_date
            else false
        end
),

-- Where there is no such period, the run's own days have to do.
parts as (
    select
        loaded.*,
        coalesce(in_progress.first_date, own_periods.period_month, loaded.first_date)
            as part_first_date,
        coalesce(in_progress.last_date, own_periods.period_end_date, loaded.last_date)
            as part_last_date,
        coalesce(in_progress.is_to_come, false) as is_to_come,
        coalesce(in_progress.weight, 1) as part_weight
    from loaded
    left join own_periods
        on loaded.source_instance = own_periods.source_instance
        and loaded.payroll_run_id = own_periods.payroll_run_id
        and loaded.associate_pseudonym = own_periods.associate_pseudonym
        and loaded.pay_class = own_periods.pay_class
        and loaded.borne_by = own_periods.borne_by
    left join {{ ref('int_pay_in_progress') }} as in_progress
        on loaded.source_instance = in_progress.source_instance
        and loaded.payroll_run_id = in_progress.payroll_run_id
        and loaded.associate_pseudonym = in_progress.associate_pseudonym
        and loaded.pay_class = 'worked'
),

shared as (
    {{ allocate_amount(
        'parts',
        key=[
            'source_instance', 'payroll_run_id', 'associate_pseudonym', 'pay_class',
            'borne_by', 'first_date', 'last_date'
        ],
        amount='gross_amount', weight='part_weight', ties=['part_first_date'],
        currency='currency_code', also={'employer': 'employer_amount'}
    ) }}
),

-- The last day that a payroll group has paid, for everybody it has ever paid.
paid_groups as (
    select
        source_instance,
        payroll_group_code,
        max(period_end_date) as last_date
    from loaded
    where pay_class = 'worked'
    group by source_instance, payroll_group_code
),

paid_people as (
    select
        loaded.resource_key,
        loaded.legal_entity_code,
        max(paid_groups.last_date) as last_date
    from loaded
    inner join paid_groups
        on loaded.source_instance = paid_groups.source_instance
        and loaded.payroll_group_code = paid_groups.payroll_group_code
    where loaded.pay_class = 'worked'
    group by loaded.resource_key, loaded.legal_entity_code
)

select
    shared.source_instance,
    shared.payroll_run_id,
    shared.associate_pseudonym,
    cast(row_number() over (
        partition by
            shared.source_instance, shared.payroll_run_id, shared.associate_pseudonym
        order by
            shared.pay_class nulls last,
            shared.borne_by nulls last,
            shared.part_first_date nulls last,
            shared.part_last_date nulls last
    ) as integer) as part_no,
    shared.resource_key,
    shared.legal_entity_code,
    assignments.practice_code,
    shared.pay_class,
    case
        when shared.borne_by = 'none' then 'bench'
        when shared.is_to_come then 'to_come'
        when
            shared.pay_class != 'worked'
            and shared.part_last_date
            > coalesce(paid_people.last_date, shared.period_end_date)
            then 'to_come'
        else 'days'
    end as bearing,
    shared.part_first_date as first_date,
    shared.part_last_date as last_date,
    shared.currency_code,
    shared.allocated_amount as gross_amount,
    cast(shared.allocated_amount + shared.employer_allocated_amount as decimal(18, 4))
        as payroll_cost_amount
from shared
left join paid_people
    on shared.resource_key = paid_people.resource_key
    and shared.legal_entity_code = paid_people.legal_entity_code
left join {{ ref('dim_resource_assignments') }} as assignments
    on shared.resource_key = assignments.resource_key
    and shared.part_last_date >= assignments.valid_from
    and shared.part_last_date < assignments.valid_to
