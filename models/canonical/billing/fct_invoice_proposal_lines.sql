-- Grain: one row per line that a next invoice would have: what the contract lets be
-- billed on the as-of date and no invoice bills, from its source record, in contract
-- currency. What exceeds a cap is taken off in a line of its own. Tax is rounded on what
-- has been added up, line by line, so that the lines' tax is the tax of the total.
with

contracts as (select * from {{ ref('int_contracts_billed') }}),

untimed as (

    select * from {{ ref('int_billable_expenses') }}

    union all

    select * from {{ ref('int_billable_milestones') }}

    union all

    select * from {{ ref('int_billable_instalments') }}

    union all

    select * from {{ ref('int_billable_cost') }}

),

billable as (

    select * from {{ ref('int_billable_time') }}

    union all

    select
        project_key,
        line_type,
        line_id,
        service_date,
        line_text,
        cast(null as bigint) as billable_minutes,
        cast(null as decimal(18, 6)) as bill_rate,
        net_amount,
        correlation_id
    from untimed

),

totals as (
    select
        project_key,
        max(service_date) as service_date,
        sum(net_amount) as net_amount
    from billable
    group by project_key
),

capped as (
    select
        totals.project_key,
        totals.service_date,
        contracts.project_code,
        greatest(contracts.billable_limit_amount - contracts.billed_amount, 0)
        - totals.net_amount as net_amount
    from totals
    inner join contracts on totals.project_key = contracts.project_key
    where
        contracts.billing_basis = 'time_and_expenses'
        and contracts.billable_limit_amount is not null
),

stacked as (

    select * from billable

    union all

    select
        project_key,
        'cap' as line_type,
        project_code as line_id,
        service_date,
        'Above the cap' as line_text,
        cast(null as bigint) as billable_minutes,
        cast(null as decimal(18, 6)) as bill_rate,
        net_amount,
        'cap:' || project_code as correlation_id
    from capped
    where net_amount < 0

),

added_up as (
    select
        *,
        sum(net_amount) over (
            partition by project_key
            order by
                service_date nulls last,
                line_type nulls last,
                line_id nulls last,
                correlation_id nulls last
            rows between unbounded preceding and current row
        ) as net_to_here_amount
    from stacked
)

select
    {{ entity_key('proposal_line', [
        'contracts.project_code', 'added_up.line_type', 'added_up.line_id'
    ]) }} as proposal_line_key,
    added_up.project_key,
    profiles.customer_key,
    contracts.project_code,
    added_up.service_date,
    {{ month_start('added_up.service_date') }} as period_month,
    profiles.legal_entity_code,
    profiles.customer_region,
    added_up.line_type,
    added_up.line_text,
    added_up.billable_minutes,
    added_up.bill_rate,
    contracts.contract_currency_code as currency_code,
    cast(added_up.net_amount as decimal(18, 4)) as net_amount,
    profiles.tax_code,
    profiles.tax_rate,
    cast(
        {{ round_money(
            'cast(added_up.net_to_here_amount as decimal(20, 4)) * profiles.tax_rate',
            'contracts.contract_currency_code'
        ) }}
        - {{ round_money(
            'cast(added_up.net_to_here_amount - added_up.net_amount as decimal(20, 4))'
            ~ ' * profiles.tax_rate', 'contracts.contract_currency_code'
        ) }} as decimal(18, 4)
    ) as tax_amount,
    profiles.revenue_account,
    profiles.segment_code,
    profiles.is_reverse_charge,
    profiles.blocked_reason,
    added_up.correlation_id
from added_up
inner join contracts on added_up.project_key = contracts.project_key
inner join {{ ref('int_invoice_profiles') }} as profiles
    on added_up.project_key = profiles.project_key
