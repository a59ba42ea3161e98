{{ config(tags=['control'], severity='error', meta={'control_id': 'I04'}) }}

-- Rows and amounts of what each source holds alive equal those in canonical. Amounts
-- are added across currencies here because they are only compared with themselves.
with

stacked as (
    select
        'expenses' as measure,
        count(*) as staged_rows,
        sum(amount) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('spend_expense_lines') }}
    where not is_deleted

    union all

    select
        'expenses' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(amount) as carried_amount
    from {{ ref('fct_expenses') }}

    union all

    select
        'purchase orders' as measure,
        count(*) as staged_rows,
        sum(ordered_amount) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('spend_purchase_order_lines') }}
    where not is_deleted and order_status != 'pending'

    union all

    select
        'purchase orders' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(ordered_amount) as carried_amount
    from {{ ref('fct_purchase_commitments') }}
    where not is_deleted

    union all

    select
        'invoices' as measure,
        count(*) as staged_rows,
        sum(net_amount) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('psa_invoices') }}
    where not is_deleted

    union all

    select
        'invoices' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(amount) as carried_amount
    from {{ ref('fct_invoices') }}

    union all

    select
        'milestones' as measure,
        count(*) as staged_rows,
        sum(amount) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('psa_billing_milestones') }}
    where not is_deleted

    union all

    select
        'milestones' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(amount) as carried_amount
    from {{ ref('dim_milestones') }}

    union all

    select
        'payroll' as measure,
        count(
            distinct payroll_lines.source_instance || '|' || payroll_lines.payroll_run_id || '|'
            || payroll_lines.person_pseudonym
        ) as staged_rows,
        sum(payroll_lines.amount) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('payroll_lines') }} as payroll_lines
    inner join {{ ref('payroll_runs') }} as runs
        on payroll_lines.source_instance = runs.source_instance
        and payroll_lines.payroll_run_id = runs.payroll_run_id
    where
        runs.is_final
        and not runs.is_deleted
        and not payroll_lines.is_deleted
        and coalesce(payroll_lines.section, '') != 'employee_deductions'

    union all

    select
        'payroll' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(distinct source_instance || '|' || payroll_run_id || '|' || associate_pseudonym)
            as carried_rows,
        sum(stated_amount) as carried_amount
    from {{ ref('int_payroll_lines') }}

    union all

    select
        'payroll costs' as measure,
        count(distinct source_instance || '|' || payroll_run_id || '|' || associate_pseudonym)
            as staged_rows,
        sum(case when pay_class != 'reimbursement' then amount end) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('int_payroll_lines') }}

    union all

    select
        'payroll costs' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(payroll_cost_amount) as carried_amount
    from {{ ref('fct_payroll_costs') }}

    union all

    select
        'ledger' as measure,
        count(*) as staged_rows,
        sum(
            coalesce(posting_lines.debit_amount, 0) + coalesce(posting_lines.credit_amount, 0)
        ) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('erp_ledger_lines') }} as posting_lines
    where
        posting_lines.is_posting
        and not posting_lines.is_deleted
        and coalesce(posting_lines.debit_amount, posting_lines.credit_amount) is not null
        and exists (
            select 1
            from {{ ref('erp_transactions') }} as headers
            where
                headers.source_instance = posting_lines.source_instance
                and headers.transaction_id = posting_lines.transaction_id
                and not headers.is_deleted
        )

    union all

    select
        'ledger' as measure,
        0 as staged_rows,
        0 as staged_amount,
        count(*) as carried_rows,
        sum(debit_amount + credit_amount) as carried_amount
    from {{ ref('fct_gl_entries') }}
)

select
    measure,
    sum(staged_rows) as staged_rows,
    sum(carried_rows) as carried_rows,
    coalesce(sum(staged_amount), 0) as staged_amount,
    coalesce(sum(carried_amount), 0) as carried_amount
from stacked
group by measure
having
    sum(staged_rows) != sum(carried_rows)
    or coalesce(sum(staged_amount), 0) != coalesce(sum(carried_amount), 0)
