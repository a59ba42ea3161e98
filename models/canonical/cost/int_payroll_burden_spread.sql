-- Grain: one row per payroll run, person, pool that the payroll holds, month and whether
-- approved work bears it: what the employer paid into the pool, spread over the parts of
-- the person's pay and by the minutes that bear them, so that it adds up to the payroll's
-- section to the cent. What is for months to come is left out until they bear it.
with

sections as (
    select
        payroll_lines.source_instance,
        payroll_lines.payroll_run_id,
        payroll_lines.associate_pseudonym,
        pools.pool,
        payroll_lines.currency_code,
        sum(payroll_lines.amount) as section_amount
    from {{ ref('int_payroll_lines') }} as payroll_lines
    inner join {{ ref('burden_pools') }} as pools
        on payroll_lines.section = pools.payroll_section
        and pools.basis = 'payroll'
    where payroll_lines.amount is not null
    group by
        payroll_lines.source_instance,
        payroll_lines.payroll_run_id,
        payroll_lines.associate_pseudonym,
        pools.pool,
        payroll_lines.currency_code
),

parts as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        part_no,
        case
            when
                sum(abs(payroll_cost_amount - gross_amount)) over (
                    partition by source_instance, payroll_run_id, associate_pseudonym
                ) = 0
                then 1
            else {{ whole_weight('abs(payroll_cost_amount - gross_amount)') }}
        end as weight
    from {{ ref('int_payroll_parts') }}
),

of_parts as (
    select
        sections.*,
        parts.part_no,
        parts.weight
    from sections
    inner join parts
        on sections.source_instance = parts.source_instance
        and sections.payroll_run_id = parts.payroll_run_id
        and sections.associate_pseudonym = parts.associate_pseudonym
),

shared as (
    {{ allocate_amount(
        'of_parts', key=['source_instance', 'payroll_run_id', 'associate_pseudonym', 'pool'],
        amount='section_amount', weight='weight', ties=['part_no'],
        currency='currency_code'
    ) }}
),

bearers as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        part_no,
        resource_key,
        legal_entity_code,
        period_month,
        bearer = 'work' as is_work,
        bearer = 'to_come' as is_to_come,
        cast(sum(minutes) as bigint) as minutes
    from {{ ref('int_payroll_costs_spread') }}
    group by
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        part_no,
        resource_key,
        legal_entity_code,
        period_month,
        bearer = 'work',
        bearer = 'to_come'
),

-- Where there are no minutes, one month bears it all.
weighed as (
    select
        shared.source_instance,
        shared.payroll_run_id,
        shared.associate_pseudonym,
        shared.part_no,
        shared.pool,
        shared.currency_code,
        shared.allocated_amount as part_amount,
        bearers.resource_key,
        bearers.legal_entity_code,
        bearers.period_month,
        bearers.is_work,
        bearers.is_to_come,
        case
            when
                sum(bearers.minutes) over (
                    partition by
                        shared.source_instance,
                        shared.payroll_run_id,
                        shared.associate_pseudonym,
                        shared.pool,
                        shared.part_no
                ) > 0
                then bearers.minutes
            else 1
        end as minutes
    from shared
    inner join bearers
        on shared.source_instance = bearers.source_instance
        and shared.payroll_run_id = bearers.payroll_run_id
        and shared.associate_pseudonym = bearers.associate_pseudonym
        and shared.part_no = bearers.part_no
),

spread as (
    {{ allocate_amount(
        'weighed',
        key=['source_instance', 'payroll_run_id', 'associate_pseudonym', 'pool', 'part_no'],
        amount='part_amount', weight='minutes', ties=['period_month', 'is_work'],
        currency='currency_code', signed=true
    ) }}
)

select
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    resource_key,
    pool,
    legal_entity_code,
    period_month,
    is_work,
    currency_code,
    cast(sum(allocated_amount) as decimal(18, 4)) as amount
from spread
where not is_to_come
group by
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    resource_key,
    pool,
    legal_entity_code,
    period_month,
    is_work,
    currency_code
