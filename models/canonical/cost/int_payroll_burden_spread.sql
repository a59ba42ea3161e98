-- Grain: one row per payroll run, person, pool that the payroll holds, month and whether
-- approved work bears it: what the employer paid into the pool, spread by the minutes that
-- bear the person's payroll, so that it adds up to the payroll's section to the cent.
with

sections as (
    select
        payroll_lines.source_instance,
        payroll_lines.payroll_run_id,
        payroll_lines.person_pseudonym as associate_pseudonym,
        pools.pool,
        max(payroll_lines.currency_code) as currency_code,
        sum(payroll_lines.amount) as section_amount
    from {{ ref('payroll_lines') }} as payroll_lines
    inner join {{ ref('burden_pools') }} as pools
        on payroll_lines.section = pools.payroll_section
        and pools.basis = 'payroll'
    where not payroll_lines.is_deleted
    group by
        payroll_lines.source_instance,
        payroll_lines.payroll_run_id,
        payroll_lines.person_pseudonym,
        pools.pool
),

bearers as (
    select
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        period_month,
        bearer = 'work' as is_work,
        greatest(cast(sum(minutes) as bigint), 1) as minutes
    from {{ ref('int_payroll_costs_spread') }}
    group by
        source_instance,
        payroll_run_id,
        associate_pseudonym,
        resource_key,
        legal_entity_code,
        period_month,
        bearer = 'work'
),

weighed as (
    select
        sections.source_instance,
        sections.payroll_run_id,
        sections.associate_pseudonym,
        sections.pool,
        sections.currency_code,
        sections.section_amount,
        bearers.resource_key,
        bearers.legal_entity_code,
        bearers.period_month,
        bearers.is_work,
        bearers.minutes
    from sections
    inner join {{ ref('fct_payroll_costs') }} as runs
        on sections.source_instance = runs.source_instance
        and sections.payroll_run_id = runs.payroll_run_id
        and sections.associate_pseudonym = runs.associate_pseudonym
    inner join bearers
        on runs.source_instance = bearers.source_instance
        and runs.payroll_run_id = bearers.payroll_run_id
        and runs.associate_pseudonym = bearers.associate_pseudonym
),

spread as (
    {{ allocate_amount(
        'weighed', key=['source_instance', 'payroll_run_id', 'associate_pseudonym', 'pool'],
        amount='section_amount', weight='minutes', ties=['period_month', 'is_work'],
        currency='currency_code'
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
    cast(allocated_amount as decimal(18, 4)) as amount
from spread
