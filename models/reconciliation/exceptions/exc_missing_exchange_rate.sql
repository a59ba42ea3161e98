-- What is stated in another currency than its project's books, or is open in one, and has
-- no rate of exchange on its day: expenses, invoices, what time bills (its price into the
-- contract's currency, or that into the books'), accepted milestones (into the contract's),
-- contractors' bills, goods, revaluations, and what is planned for expenses.
with

stacked as (

    select
        expenses.source_system,
        expenses.source_instance,
        expenses.expense_line_id as source_id,
        costed.legal_entity_code,
        costed.project_key,
        costed.period_month,
        expenses.amount,
        expenses.currency_code,
        costed.currency_code as books_currency_code,
        costed.cost_date as since
    from {{ ref('fct_expense_costs') }} as costed
    inner join {{ ref('fct_expenses') }} as expenses
        on costed.expense_key = expenses.expense_key
    where costed.cost_amount is null and expenses.amount is not null

    union all

    select
        invoices.source_system,
        invoices.source_instance,
        invoices.invoice_id as source_id,
        translated.legal_entity_code,
        translated.project_key,
        translated.period_month,
        invoices.amount,
        invoices.currency_code,
        translated.currency_code as books_currency_code,
        translated.invoice_date as since
    from {{ ref('int_invoices_translated') }} as translated
    inner join {{ ref('fct_invoices') }} as invoices
        on translated.invoice_key = invoices.invoice_key
    where translated.billed_amount is null and translated.project_key is not null

    union all

    select
        entries.source_system,
        entries.source_instance,
        entries.time_entry_id as source_id,
        projects.legal_entity_code,
        time_values.project_key,
        time_values.period_month,
        coalesce(
            time_values.contract_billable_amount, {{ minutes_at_rate(
                'time_values.chargeable_minutes', 'time_values.bill_rate',
                minor_units('time_values.price_currency_code')
            ) }}
        ) as amount,
        case
            when time_values.contract_billable_amount is null
                then time_values.price_currency_code
            else time_values.contract_currency_code
        end as currency_code,
        case
            when time_values.contract_billable_amount is null
                then time_values.contract_currency_code
            else time_values.currency_code
        end as books_currency_code,
        time_values.work_date as since
    from {{ ref('fct_time_values') }} as time_values
    inner join {{ ref('fct_time_entries') }} as entries
        on time_values.time_entry_key = entries.time_entry_key
    inner join {{ ref('dim_projects') }} as projects
        on time_values.project_key = projects.project_key
    where
        time_values.billable_value_amount is null
        and (
            time_values.contract_billable_amount is not null
            or time_values.bill_rate is not null
        )

    union all

    select
        orders.source_system,
        orders.source_instance,
        orders.po_line_id || ' of ' || cast(costed.cost_date as varchar) as source_id,
        costed.legal_entity_code,
        costed.project_key,
        costed.period_month,
        cast(null as decimal(18, 4)) as amount,
        orders.currency_code,
        costed.currency_code as books_currency_code,
        costed.cost_date as since
    from {{ ref('fct_purchase_costs') }} as costed
    inner join {{ ref('fct_purchase_commitments') }} as orders
        on costed.commitment_key = orders.commitment_key
    where costed.cost_amount is null

    union all

    select
        bills.source_system,
        bills.source_instance,
        bills.transaction_id || '|' || bills.line_id as source_id,
        bills.legal_entity_code,
        translated.project_key,
        bills.period_month,
        translated.booked_amount as amount,
        translated.booked_currency_code as currency_code,
        translated.currency_code as books_currency_code,
        translated.bill_date as since
    from {{ ref('int_contractor_bills') }} as translated
    inner join {{ ref('fct_vendor_bills') }} as bills
        on translated.vendor_bill_key = bills.vendor_bill_key
    where translated.bill_amount is null

    union all

    select
        milestones.source_system,
        milestones.source_instance,
        milestones.milestone_id as source_id,
        projects.legal_entity_code,
        milestones.project_key,
        {{ period_start('periods', 'milestones.accepted_date') }} as period_month,
        milestones.amount,
        milestones.currency_code,
        milestones.contract_currency_code as books_currency_code,
        milestones.accepted_date as since
    from {{ ref('dim_milestones') }} as milestones
    inner join {{ ref('dim_projects') }} as projects
        on milestones.project_key = projects.project_key
    {{ join_period('periods', 'projects.legal_entity_code', 'milestones.accepted_date') }}
    where
        milestones.is_accepted
        and milestones.contract_amount is null
        and milestones.amount is not null

    union all

    select
        cast(null as varchar) as source_system,
        cast(null as varchar) as source_instance,
        revaluations.item_type || ' ' || revaluations.item_number || ' at '
        || cast(revaluations.revaluation_date as varchar) as source_id,
        revaluations.legal_entity_code,
        projects.project_key,
        revaluations.period_month,
        revaluations.balance_amount as amount,
        revaluations.transaction_currency_code as currency_code,
        revaluations.currency_code as books_currency_code,
        revaluations.revaluation_date as since
    from {{ ref('fct_fx_revaluations') }} as revaluations
    left join {{ ref('dim_projects') }} as projects
        on revaluations.item_key = projects.project_key
    where revaluations.revaluation_amount is null

    union all

    select
        budgets.source_system,
        budgets.source_instance,
        budgets.source_id,
        projects.legal_entity_code,
        budgets.project_key,
        cast(null as date) as period_month,
        budgets.expense_budget_amount as amount,
        budgets.currency_code,
        projects.functional_currency_code as books_currency_code,
        as_of.as_of_date as since
    from {{ ref('int_expense_budgets') }} as budgets
    inner join {{ ref('dim_projects') }} as projects
        on budgets.project_key = projects.project_key
        and budgets.currency_code != projects.functional_currency_code
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_fx_rate(
        'fx_rates', 'budgets.currency_code', 'projects.functional_currency_code',
        'as_of.as_of_date'
    ) }}
    where budgets.is_current and fx_rates.fx_rate is null

)

select
    'missing_exchange_rate' as kind,
    coalesce({{ amount_text('amount', 'currency_code') }} || ' ', '')
    || coalesce(currency_code, 'no currency')
    || ': no rate of exchange to ' || books_currency_code || ' on '
    || cast(since as varchar) as reason,
    source_system,
    source_instance,
    source_id,
    legal_entity_code,
    project_key,
    period_month,
    amount,
    currency_code,
    since
from stacked
where books_currency_code is not null and {{ has_rates() }}
