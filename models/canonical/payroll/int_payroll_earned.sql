-- Grain: one row per final run, person, kind of pay and days that it is for: what was
-- earned, and what the employer pays on top, which follows it. What is worked for other
-- days than the run's is arrears; what is paid back is no pay.
with

lines as (
    select
        payroll_lines.*,
        case
            when payroll_lines.pay_class = 'severance' then 'none'
            when payroll_lines.section != 'earnings' then 'pay_period'
            when
                payroll_lines.earned_from_date != payroll_lines.period_start_date
                or payroll_lines.earned_to_date != payroll_lines.period_end_date
                then 'days'
            when payroll_lines.pay_class not in ('bonus', 'arrears') then 'pay_period'
            when {{ dbt.datediff(
                'payroll_lines.period_start_date', 'payroll_lines.period_end_date', 'day'
            ) }} > 45 then 'run_periods'
            else payroll_lines.spread_over
        end as borne_by
    from {{ ref('int_payroll_lines') }} as payroll_lines
    where
        payroll_lines.resource_key is not null
        and payroll_lines.period_start_date is not null
        and payroll_lines.period_end_date is not null
        and payroll_lines.pay_class != 'reimbursement'
        and exists (
            select 1 from {{ ref('dim_cost_basis') }} as basis
            where basis.cost_basis = 'actual'
        )
),

classed as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        payroll_group_code,
        period_start_date,
        period_end_date,
        currency_code,
        case
            when pay_class in ('bonus', 'severance') then pay_class
            when borne_by = 'pay_period' and pay_class != 'arrears' then 'worked'
            else 'arrears'
        end as pay_class,
        borne_by,
        case when borne_by = 'days' then earned_from_date else period_start_date end
            as first_date,
        case when borne_by = 'days' then earned_to_date else period_end_date end
            as last_date,
        case when section = 'earnings' then coalesce(amount, 0) else 0 end as gross_amount,
        case when section != 'earnings' then coalesce(amount, 0) else 0 end
            as employer_cost_amount,
        section = 'earnings' as is_earned
    from lines
),

payments as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        sum(employer_cost_amount) as employer_cost_amount,
        bool_or(is_earned) as is_earned
    from classed
    group by source_instance, payroll_run_id, associate_pseudonym
),

-- Employer cost alone follows the run's own days.
earned as (
    select
        classed.source_instance,
        classed.payroll_run_id,
        classed.associate_pseudonym,
        classed.resource_key,
        classed.legal_entity_code,
        classed.payroll_group_code,
        classed.period_start_date,
        classed.period_end_date,
        classed.currency_code,
        classed.pay_class,
        classed.borne_by,
        classed.first_date,
        classed.last_date,
        payments.employer_cost_amount,
        cast(sum(classed.gross_amount) as decimal(18, 4)) as gross_amount
    from classed
    inner join payments
        on classed.source_instance = payments.source_instance
        and classed.payroll_run_id = payments.payroll_run_id
        and classed.associate_pseudonym = payments.associate_pseudonym
    where classed.is_earned or not payments.is_earned
    group by
        classed.source_instance,
        classed.payroll_run_id,
        classed.associate_pseudonym,
        classed.resource_key,
        classed.legal_entity_code,
        classed.payroll_group_code,
        classed.period_start_date,
        classed.period_end_date,
        classed.currency_code,
        classed.pay_class,
        classed.borne_by,
        classed.first_date,
        classed.last_date,
        payments.employer_cost_amount
),

followed as (
    select
        *,
        case
            when
                sum(abs(gross_amount)) over (
                    partition by source_instance, payroll_run_id, associate_pseudonym
                ) = 0
                then 1
            else {{ whole_weight('abs(gross_amount)') }}
        end as weight
    from earned
),

loaded as (
    {{ allocate_amount(
        'followed', key=['source_instance', 'payroll_run_id', 'associate_pseudonym'],
        amount='employer_cost_amount', weight='weight',
        ties=['pay_class', 'first_date', 'last_date', 'borne_by'], currency='currency_code'
    ) }}
)

select
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    resource_key,
    legal_entity_code,
    payroll_group_code,
    period_start_date,
    period_end_date,
    pay_class,
    borne_by,
    first_date,
    last_date,
    currency_code,
    gross_amount,
    allocated_amount as employer_amount
from loaded
