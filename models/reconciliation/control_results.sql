-- Grain: one row per control of the register. Amounts are absolute differences in the
-- reporting currency at the as-of date's rates. A control that is a test without a
-- model of differences guards publication: where this row is published, it passed. One
-- whose roles the firm does not have is not applicable.
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

compared as (
    {{ stacked_differences([
        ref('rec_labour_time_to_gl'),
        ref('rec_invoices_psa_to_erp'),
        ref('rec_expenses_to_erp'),
        ref('rec_payroll_to_labour_by_entity'),
        ref('rec_employees_hr_psa_payroll'),
        ref('rec_projects_crm_psa_erp'),
        ref('rec_gl_balance'),
        ref('rec_expense_coding'),
        ref('rec_milestones_to_invoices'),
        ref('rec_unpriced_facts'),
        ref('rec_intercompany_mirror'),
        ref('rec_postings_to_erp'),
        ref('rec_totals_carried'),
        ref('rec_wip_roll_forward'),
        ref('rec_facts_to_marts'),
        ref('rec_projects_to_entities'),
        ref('rec_margin_explained'),
        ref('rec_schedules_carried'),
        ref('rec_closed_periods'),
        ref('rec_closed_entities')
    ]) }}
),

valued as (
    select
        compared.control_id,
        compared.match_status,
        {{ translated(
            'abs(compared.difference_amount)', 'compared.currency_code',
            reporting_currency(), 'fx_rates.fx_rate'
        ) }} as difference_amount
    from compared
    cross join as_of
    {{ join_fx_rate(
        'fx_rates', 'compared.currency_code',
        reporting_currency(), 'as_of.as_of_date'
    ) }}
),

counted as (
    select
        control_id,
        count(*) as compared_count,
        sum(case when match_status = 'matched' then 0 else 1 end) as differences_count,
        sum(case when match_status = 'matched' then 0 else difference_amount end)
            as differences_amount
    from valued
    group by control_id
)

select
    policies.control_id,
    policies.name,
    policies.assertion,
    policies.owner,
    policies.kind,
    effects.blocks,
    cast(coalesce(counted.compared_count, 0) as bigint) as compared_count,
    cast(coalesce(counted.differences_count, 0) as bigint) as differences_count,
    cast(coalesce(counted.differences_amount, 0) as decimal(18, 4)) as differences_amount,
    cast({{ reporting_currency() }} as varchar) as currency_code,
    case
        when not applicability.is_applicable then 'not_applicable'
        when coalesce(counted.differences_count, 0) = 0 then 'passed'
        else 'failed'
    end as status,
    applicability.absence_reason
from {{ ref('control_policies') }} as policies
inner join {{ ref('int_control_applicability') }} as applicability
    on policies.control_id = applicability.control_id
inner join {{ ref('int_control_effects') }} as effects
    on policies.control_id = effects.control_id
left join counted on policies.control_id = counted.control_id
