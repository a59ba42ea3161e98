{{ config(
    tags=['control'],
    severity='error',
    meta={
        'control_id': 'I04',
        'name': 'Canonical amounts carry every staged amount',
        'assertion': 'completeness',
        'kind': 'integrity',
        'blocks': 'publication',
        'owner': 'Integration engineering',
    }
) }}

-- Rows and amounts of what each source holds alive equal those in canonical. Amounts
-- are added across currencies here because they are only compared with themselves.
with

stacked as (
    select
        'expenses' as measure,
        count(*) as staged_rows,
        sum(coalesce(lines.accounting_amount, lines.amount)) as staged_amount,
        0 as carried_rows,
        0 as carried_amount
    from {{ ref('stg_coupa__expense_lines') }} as lines
    where
        not lines.is_deleted
        and not exists (
            select 1
            from {{ ref('stg_coupa__expense_lines') }} as items
            where
                items.source_instance = lines.source_instance
                and items.parent_line_id = lines.expense_line_id
                and not items.is_deleted
        )

    union all

    select
        'expenses',
        0,
        0,
        count(*),
        sum(amount)
    from {{ ref('fct_expenses') }}

    union all

    select
        'purchase orders',
        count(*),
        sum(total_amount),
        0,
        0
    from {{ ref('stg_coupa__purchase_order_lines') }} as lines
    where
        not lines.is_deleted
        and exists (
            select 1
            from {{ ref('stg_coupa__purchase_orders') }} as orders
            where
                orders.source_instance = lines.source_instance
                and orders.purchase_order_id = lines.purchase_order_id
                and not orders.is_deleted
        )

    union all

    select
        'purchase orders',
        0,
        0,
        count(*),
        sum(ordered_amount)
    from {{ ref('fct_purchase_commitments') }}

    union all

    select
        'invoices',
        count(*),
        sum(amount),
        0,
        0
    from {{ ref('stg_kantata__invoices') }}
    where not is_deleted

    union all

    select
        'invoices',
        0,
        0,
        count(*),
        sum(amount)
    from {{ ref('fct_invoices') }}

    union all

    select
        'milestones',
        count(*),
        sum(amount),
        0,
        0
    from {{ ref('stg_kantata__billing_milestones') }}
    where not is_deleted

    union all

    select
        'milestones',
        0,
        0,
        count(*),
        sum(amount)
    from {{ ref('dim_milestones') }}

    union all

    select
        'payroll',
        count(distinct lines.payroll_run_id || '|' || lines.associate_pseudonym),
        sum(case when lines.section != 'employee_deductions' then lines.amount end),
        0,
        0
    from {{ ref('stg_adp__payroll_lines') }} as lines
    inner join {{ ref('stg_adp__payroll_runs') }} as runs
        on lines.source_instance = runs.source_instance
        and lines.payroll_run_id = runs.payroll_run_id
    where runs.status_code = 'NTC' and not runs.is_deleted and not lines.is_deleted

    union all

    select
        'payroll',
        0,
        0,
        count(*),
        sum(payroll_cost_amount)
    from {{ ref('fct_payroll_costs') }}

    union all

    select
        'ledger',
        count(*),
        sum(coalesce(lines.debit_amount, 0) + coalesce(lines.credit_amount, 0)),
        0,
        0
    from {{ ref('stg_netsuite__accounting_lines') }} as lines
    where
        lines.is_posting
        and not lines.is_deleted
        and exists (
            select 1
            from {{ ref('stg_netsuite__transactions') }} as transactions
            where
                transactions.source_instance = lines.source_instance
                and transactions.transaction_id = lines.transaction_id
                and not transactions.is_deleted
        )

    union all

    select
        'ledger',
        0,
        0,
        count(*),
        sum(debit_amount + credit_amount)
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
