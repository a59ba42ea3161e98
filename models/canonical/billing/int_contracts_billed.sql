-- Grain: one row per project that is sold: how it is invoiced by policy, its price and
-- cap in force, the most that may be invoiced where caps cut some of the work so far, and
-- what has been invoiced, before discounts, in contract currency. The PSA says which time
-- entries an invoice bills; one that was moved since is billed where the invoice is. Expenses
-- are what is invoiced beside time; beside a price what lines name as such, and what exceeds
-- the price.
with

terms as (
    select
        project_key,
        as_of_date,
        min(service_start_date) as service_start_date,
        max(service_end_date) as service_end_date,
        sum(price_amount) as price_amount,
        max(cap_amount) as cap_amount
    from {{ ref('int_obligations_in_force') }}
    group by project_key, as_of_date
),

within_caps as (
    select
        project_key,
        sum(within_cap_amount) as within_cap_amount
    from {{ ref('int_work_within_caps') }}
    where is_in_force
    group by project_key
    having sum(within_cap_amount) < sum(value_amount)
),

stacked as (

    select
        project_key,
        gross_amount as billed_amount,
        0 as billed_time_amount,
        0 as named_expense_amount
    from {{ ref('int_invoices_credited') }}

    union all

    select
        time_values.project_key,
        0 as billed_amount,
        time_values.contract_billable_amount as billed_time_amount,
        0 as named_expense_amount
    from {{ ref('fct_time_values') }} as time_values
    inner join {{ ref('fct_invoices') }} as invoices
        on time_values.source_instance = invoices.source_instance
        and time_values.invoice_id = invoices.invoice_id
    where invoices.is_issued

    union all

    select
        project_key,
        0 as billed_amount,
        case when is_moved then -value_amount else -credited_amount end
            as billed_time_amount,
        0 as named_expense_amount
    from {{ ref('int_items_billed') }}
    where item_type = 'time_entry'

    union all

    select
        invoice_shares.project_key,
        0 as billed_amount,
        items.value_amount - items.credited_amount as billed_time_amount,
        0 as named_expense_amount
    from {{ ref('int_items_billed') }} as items
    inner join {{ ref('int_invoice_shares') }} as invoice_shares
        on items.invoice_share_key = invoice_shares.invoice_share_key
    where items.item_type = 'time_entry' and items.is_moved

    union all

    select
        project_key,
        0 as billed_amount,
        0 as billed_time_amount,
        net_amount as named_expense_amount
    from {{ ref('int_invoiced_expenses') }}

),

billed as (
    select
        project_key,
        sum(billed_amount) as billed_amount,
        sum(billed_time_amount) as billed_time_amount,
        sum(named_expense_amount) as named_expense_amount
    from stacked
    group by project_key
)

select
    terms.project_key,
    projects.project_code,
    terms.as_of_date,
    policies.billing_basis,
    terms.service_start_date,
    terms.service_end_date,
    projects.contract_currency_code,
    cast(terms.price_amount as decimal(18, 4)) as price_amount,
    terms.cap_amount,
    cast(coalesce(within_caps.within_cap_amount, terms.cap_amount) as decimal(18, 4))
        as billable_limit_amount,
    cast(coalesce(billed.billed_amount, 0) as decimal(18, 4)) as billed_amount,
    cast(coalesce(billed.billed_time_amount, 0) as decimal(18, 4)) as billed_time_amount,
    cast(
        case policies.billing_basis
            when 'time_and_expenses'
                then greatest(
                    coalesce(billed.billed_amount - billed.billed_time_amount, 0), 0
                )
            when 'cost_with_fee' then 0
            else
                coalesce(billed.named_expense_amount, 0) + greatest(
                    coalesce(
                        billed.billed_amount - billed.named_expense_amount
                        - terms.price_amount, 0
                    ), 0
                )
        end as decimal(18, 4)
    ) as billed_expense_amount
from terms
inner join {{ ref('dim_projects') }} as projects
    on terms.project_key = projects.project_key
inner join {{ ref('billing_policies') }} as policies
    on projects.contract_type = policies.contract_type
left join billed on terms.project_key = billed.project_key
left join within_caps on terms.project_key = within_caps.project_key
where policies.billing_basis != 'nothing'
