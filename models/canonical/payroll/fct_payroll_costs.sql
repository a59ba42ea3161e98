-- Grain: one row per person and final payroll run: what the pay period cost the
-- employer. Previews are not facts; what is deducted from the person's own pay is no
-- further cost. A person HR does not know has no resource.
with

lines as (
    select
        source_system,
        source_instance,
        payroll_run_id,
        person_pseudonym as associate_pseudonym,
        max(source_version) as source_version,
        max(currency_code) as currency_code,
        sum(case when section = 'earnings' then amount else 0 end)
            as gross_amount,
        sum(
            case
                when section in ('employer_taxes', 'employer_contributions')
                    then amount
                else 0
            end
        ) as employer_cost_amount
    from {{ ref('payroll_lines') }}
    where not is_deleted
    group by
        source_system,
        source_instance,
        payroll_run_id,
        person_pseudonym
)

select
    {{ entity_key('payroll_cost', [
        'lines.source_instance', 'lines.payroll_run_id', 'lines.associate_pseudonym'
    ]) }} as payroll_cost_key,
    {{ entity_key('resource', ['crosswalk.employee_number']) }} as resource_key,
    lines.payroll_run_id,
    lines.associate_pseudonym,
    runs.period_start_date,
    runs.period_end_date,
    runs.pay_date,
    coalesce(
        own_groups.legal_entity_code,
        payroll_groups.legal_entity_code,
        assignments.legal_entity_code
    ) as legal_entity_code,
    runs.payroll_group_code,
    lines.currency_code,
    cast(lines.gross_amount as decimal(18, 4)) as gross_amount,
    cast(lines.employer_cost_amount as decimal(18, 4)) as employer_cost_amount,
    cast(lines.gross_amount + lines.employer_cost_amount as decimal(18, 4))
        as payroll_cost_amount,
    lines.source_system || ':' || lines.source_instance || ':payroll:'
    || lines.payroll_run_id || ':' || lines.associate_pseudonym as correlation_id,
    lines.source_system,
    lines.source_instance,
    lines.payroll_run_id || '|' || lines.associate_pseudonym as source_id,
    lines.source_version
from lines
inner join {{ ref('payroll_runs') }} as runs
    on lines.source_instance = runs.source_instance
    and lines.payroll_run_id = runs.payroll_run_id
left join {{ ref('crosswalk_resources') }} as crosswalk
    on crosswalk.role = 'payroll'
    and lines.source_instance = crosswalk.source_instance
    and lines.associate_pseudonym = crosswalk.record_id
left join {{ ref('payroll_groups') }} as own_groups
    on runs.payroll_group_code = own_groups.payroll_group_code
    and runs.source_instance = own_groups.source_instance
left join {{ ref('payroll_groups') }} as payroll_groups
    on runs.payroll_group_code = payroll_groups.payroll_group_code
    and payroll_groups.source_instance = '*'
left join {{ ref('dim_resource_assignments') }} as assignments
    on {{ entity_key('resource', ['crosswalk.employee_number']) }} = assignments.resource_key
    and runs.period_end_date >= assignments.valid_from
    and runs.period_end_date < assignments.valid_to
where runs.is_final and not runs.is_deleted
