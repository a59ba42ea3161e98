-- Grain: one row per amount that the employer bears in a final payroll run: what it is
-- for, and what it is in the currency that the person's pay is counted in. Whom an entity
-- pays in one currency is counted in it, in whatever runs, else in the entity's own, at the
-- rate of the day of payment; without that rate the amount is held: null. An amount that
-- does not say its section is earned, by a class that is not known.
with

lines as (
    select
        payroll_lines.source_system,
        payroll_lines.source_instance,
        payroll_lines.source_id,
        payroll_lines.source_version,
        payroll_lines.payroll_run_id,
        payroll_lines.line_number,
        payroll_lines.person_pseudonym as associate_pseudonym,
        coalesce(payroll_lines.section, 'earnings') as section,
        payroll_lines.section is null as is_section_unknown,
        upper(trim(payroll_lines.pay_code)) as pay_code,
        payroll_lines.earned_from_date,
        coalesce(payroll_lines.earned_to_date, payroll_lines.earned_from_date)
            as earned_to_date,
        payroll_lines.currency_code as stated_currency_code,
        payroll_lines.amount as stated_amount,
        {{ entity_key('resource', ['crosswalk.employee_number']) }} as resource_key,
        runs.payroll_group_code,
        runs.period_start_date,
        runs.period_end_date,
        runs.pay_date
    from {{ ref('payroll_lines') }} as payroll_lines
    inner join {{ ref('payroll_runs') }} as runs
        on payroll_lines.source_instance = runs.source_instance
        and payroll_lines.payroll_run_id = runs.payroll_run_id
    left join {{ ref('crosswalk_resources') }} as crosswalk
        on crosswalk.role = 'payroll'
        and payroll_lines.source_instance = crosswalk.source_instance
        and payroll_lines.person_pseudonym = crosswalk.record_id
    where
        runs.is_final
        and not runs.is_deleted
        and not payroll_lines.is_deleted
        and coalesce(payroll_lines.section, '') != 'employee_deductions'
),

placed as (
    select
        lines.*,
        coalesce(lines.resource_key, lines.source_instance || ':' || lines.associate_pseudonym)
            as paid_key,
        coalesce(
            own_groups.legal_entity_code,
            payroll_groups.legal_entity_code,
            assignments.legal_entity_code
        ) as legal_entity_code
    from lines
    left join {{ ref('payroll_groups') }} as own_groups
        on lines.payroll_group_code = own_groups.payroll_group_code
        and lines.source_instance = own_groups.source_instance
    left join {{ ref('payroll_groups') }} as payroll_groups
        on lines.payroll_group_code = payroll_groups.payroll_group_code
        and payroll_groups.source_instance = '*'
    left join {{ ref('dim_resource_assignments') }} as assignments
        on lines.resource_key = assignments.resource_key
        and lines.period_end_date >= assignments.valid_from
        and lines.period_end_date < assignments.valid_to
),

codes as (
    select distinct
        pay_code,
        coalesce(legal_entity_code, '') as legal_entity_code,
        coalesce(payroll_group_code, '') as payroll_group_code
    from placed
    where section = 'earnings'
),

decided as (
    select
        codes.*,
        classes.pay_class,
        classes.spread_over,
        case when classes.payroll_group_code = '*' then 1 else 0 end as is_any_group,
        case when classes.legal_entity_code = '*' then 1 else 0 end as is_any_entity
    from codes
    inner join {{ ref('pay_code_classes') }} as classes
        on codes.pay_code = upper(trim(classes.pay_code))
        and classes.payroll_group_code in ('*', codes.payroll_group_code)
        and classes.legal_entity_code in ('*', codes.legal_entity_code)
),

classed as (
    {{ first_of_each(
        'decided', key=['pay_code', 'legal_entity_code', 'payroll_group_code'],
        order=['is_any_group nulls last', 'is_any_entity nulls last']
    ) }}
),

counted as (
    select
        placed.*,
        case
            when placed.section != 'earnings' then 'employer_cost'
            else coalesce(classed.pay_class, 'worked')
        end as pay_class,
        classed.spread_over,
        placed.section != 'earnings' or classed.pay_class is not null as is_class_known,
        case
            when
                min(placed.stated_currency_code) over paid
                = max(placed.stated_currency_code) over paid
                then max(placed.stated_currency_code) over paid
            else
                coalesce(
                    legal_entities.currency_code, max(placed.stated_currency_code) over paid
                )
        end as currency_code
    from placed
    left join classed
        on placed.section = 'earnings'
        and not placed.is_section_unknown
        and placed.pay_code = classed.pay_code
        and coalesce(placed.legal_entity_code, '') = classed.legal_entity_code
        and coalesce(placed.payroll_group_code, '') = classed.payroll_group_code
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on placed.legal_entity_code = legal_entities.legal_entity_code
    window paid as (partition by placed.paid_key, placed.legal_entity_code)
)

select
    counted.payroll_run_id,
    counted.line_number,
    counted.associate_pseudonym,
    counted.resource_key,
    counted.legal_entity_code,
    counted.payroll_group_code,
    counted.period_start_date,
    counted.period_end_date,
    counted.pay_date,
    counted.section,
    counted.pay_code,
    counted.pay_class,
    case
        when counted.pay_class = 'bonus' then coalesce(counted.spread_over, 'fiscal_year')
        when counted.pay_class = 'arrears'
            then coalesce(counted.spread_over, 'year_to_date')
        else coalesce(counted.spread_over, 'pay_period')
    end as spread_over,
    counted.is_class_known,
    counted.earned_from_date,
    counted.earned_to_date,
    counted.stated_currency_code,
    counted.stated_amount,
    counted.currency_code,
    cast(
        case
            when counted.stated_currency_code is null then counted.stated_amount
            else {{ translated(
                'counted.stated_amount', 'counted.stated_currency_code',
                'counted.currency_code', 'fx.fx_rate'
            ) }}
        end as decimal(18, 4)
    ) as amount,
    counted.source_system,
    counted.source_instance,
    counted.source_id,
    counted.source_version
from counted
{{ join_fx_rate(
    'fx', 'counted.stated_currency_code', 'counted.currency_code',
    'coalesce(counted.pay_date, counted.period_end_date)'
) }}
