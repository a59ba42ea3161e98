-- Control C04. Grain: one row per payroll run and person. What the payroll cost equals
-- what was spread over work, paid absence and bench; who HR does not know bears no cost. Pay
-- data: the published form is rec_payroll_to_labour_by_entity.
with

-- An unknown person's entity is that of the others paid in the same group.
payroll_costs as (
    select
        *,
        max(legal_entity_code) over (partition by source_instance, payroll_group_code)
            as group_legal_entity_code
    from {{ ref('fct_payroll_costs') }}
),

stacked as (

    select
        payroll_costs.source_instance || ':' || payroll_costs.payroll_run_id || '|'
        || payroll_costs.associate_pseudonym as difference_key,
        payroll_costs.source_instance || ':' || payroll_costs.payroll_run_id
            as payroll_run_id,
        payroll_costs.resource_key is null as is_unknown_employee,
        coalesce(payroll_costs.legal_entity_code, payroll_costs.group_legal_entity_code)
            as legal_entity_code,
        {{ period_start('periods', 'payroll_costs.period_end_date') }}
            as period_month,
        cast(null as varchar) as project_code,
        payroll_costs.currency_code,
        payroll_costs.payroll_cost_amount as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        payroll_costs.source_system || ':' || payroll_costs.source_instance || ':'
        || payroll_costs.payroll_run_id as source_id
    from payroll_costs
    {{ join_period(
        'periods', 'coalesce(payroll_costs.legal_entity_code, group_legal_entity_code)',
        'payroll_costs.period_end_date'
    ) }}

    union all

    select
        source_instance || ':' || payroll_run_id || '|' || associate_pseudonym
            as difference_key,
        source_instance || ':' || payroll_run_id as payroll_run_id,
        false as is_unknown_employee,
        max(legal_entity_code) as legal_entity_code,
        cast(null as date) as period_month,
        cast(null as varchar) as project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        sum(home_payroll_amount) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        cast(null as varchar) as source_id
    from {{ ref('int_payroll_costs_spread') }}
    group by source_instance, payroll_run_id, associate_pseudonym, currency_code

),

compared as (
    {{ compare_sides('stacked', 'C04', 'payroll', 'labour') }}
),

people as (
    select
        difference_key,
        max(payroll_run_id) as payroll_run_id,
        bool_or(is_unknown_employee) as is_unknown_employee
    from stacked
    group by difference_key
)

select
    compared.control_id,
    compared.difference_key,
    people.payroll_run_id,
    compared.legal_entity_code,
    compared.period_month,
    compared.project_code,
    compared.left_amount,
    compared.right_amount,
    compared.difference_amount,
    compared.currency_code,
    compared.match_status,
    case
        when compared.match_status = 'matched' then null
        when people.is_unknown_employee then 'unknown_employee'
        else compared.match_status
    end as reason,
    compared.owner,
    compared.source_ids
from compared
inner join people on compared.difference_key = people.difference_key
