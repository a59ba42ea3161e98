-- Grain: one row per project with something to invoice on the as-of date. A proposal is
-- blocked while its tax or dimensions are not known, and has nothing due when the cap
-- takes it all.
with

summed as (
    select
        project_key,
        currency_code,
        count(*) as lines_count,
        min(service_date) as first_service_date,
        max(service_date) as last_service_date,
        sum(case when line_type = 'time' then billable_minutes else 0 end) as billable_minutes,
        sum(case when line_type = 'time' then net_amount else 0 end) as time_amount,
        sum(case when line_type = 'expense' then net_amount else 0 end) as expense_amount,
        sum(case when line_type = 'milestone' then net_amount else 0 end) as milestone_amount,
        sum(case when line_type = 'balance' then net_amount else 0 end) as balance_amount,
        sum(case when line_type = 'instalment' then net_amount else 0 end) as instalment_amount,
        sum(case when line_type = 'cost' then net_amount else 0 end) as cost_amount,
        sum(case when line_type = 'cap' then net_amount else 0 end) as cap_amount,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount
    from {{ ref('fct_invoice_proposal_lines') }}
    group by project_key, currency_code
)

select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    profiles.customer_number,
    profiles.country_code,
    profiles.customer_region,
    projects.practice_code,
    projects.practice_name,
    projects.legal_entity_code,
    projects.contract_type,
    projects.manager_name,
    as_of.as_of_date,
    summed.first_service_date,
    summed.last_service_date,
    cast({{ ratio('summed.billable_minutes', 60, 2) }} as decimal(18, 2)) as billable_hours,
    cast(summed.lines_count as bigint) as lines_count,
    summed.currency_code,
    cast(summed.time_amount as decimal(18, 4)) as time_amount,
    cast(summed.expense_amount as decimal(18, 4)) as expense_amount,
    cast(summed.milestone_amount as decimal(18, 4)) as milestone_amount,
    cast(summed.balance_amount as decimal(18, 4)) as balance_amount,
    cast(summed.instalment_amount as decimal(18, 4)) as instalment_amount,
    cast(summed.cost_amount as decimal(18, 4)) as cost_amount,
    cast(summed.cap_amount as decimal(18, 4)) as cap_amount,
    cast(summed.net_amount as decimal(18, 4)) as net_amount,
    profiles.tax_code,
    profiles.tax_rate,
    cast(summed.tax_amount as decimal(18, 4)) as tax_amount,
    cast(summed.net_amount + summed.tax_amount as decimal(18, 4)) as gross_amount,
    profiles.revenue_account,
    profiles.segment_code,
    profiles.is_reverse_charge,
    case
        when profiles.blocked_reason is not null then 'blocked'
        when summed.net_amount <= 0 then 'nothing_due'
        else 'ready'
    end as status,
    profiles.blocked_reason
from summed
cross join {{ ref('dim_as_of') }} as as_of
inner join {{ ref('int_projects_labelled') }} as projects
    on summed.project_key = projects.project_key
inner join {{ ref('int_invoice_profiles') }} as profiles
    on summed.project_key = profiles.project_key
