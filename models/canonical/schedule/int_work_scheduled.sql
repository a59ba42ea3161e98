-- Grain: one row per allocation and month with work still to come on the as-of date; what is
-- overdue is expected in the month that goes on from there. An hour is worth what its role
-- last billed on the project, else the standard rate card.
with

as_of as (
    select
        projects.project_key,
        {{ period_start('periods', 'as_of.as_of_date') }} as as_of_month,
        {{ period_start('nexts', dbt.dateadd('day', 1, 'as_of.as_of_date')) }} as next_month
    from {{ ref('dim_projects') }} as projects
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
    {{ join_period(
        'nexts', 'projects.legal_entity_code',
        'cast(' ~ dbt.dateadd('day', 1, 'as_of.as_of_date') ~ ' as date)'
    ) }}
),

planned as (
    select
        to_come.allocation_key,
        to_come.project_key,
        to_come.obligation_key,
        to_come.resource_key,
        to_come.start_date,
        case when to_come.is_overdue then as_of.next_month else to_come.due_month end
            as period_month,
        to_come.currency_code,
        to_come.source_instance,
        cast(round(sum(to_come.minutes), 0) as bigint) as planned_minutes,
        sum(to_come.cost_amount) as planned_cost_amount
    from {{ ref('int_work_to_come') }} as to_come
    inner join as_of
        on to_come.project_key = as_of.project_key
        and to_come.period_month = as_of.as_of_month
    group by
        to_come.allocation_key,
        to_come.project_key,
        to_come.obligation_key,
        to_come.resource_key,
        to_come.start_date,
        case when to_come.is_overdue then as_of.next_month else to_come.due_month end,
        to_come.currency_code,
        to_come.source_instance
),

last_billed as (
    select
        project_key,
        role_name,
        max_by(
            contract_bill_rate,
            cast(work_date as varchar) || time_entry_id || ' ' || source_instance
        ) as bill_rate
    from {{ ref('fct_time_values') }}
    where chargeable_minutes != 0 and contract_bill_rate is not null
    group by project_key, role_name
)

select
    planned.allocation_key,
    planned.project_key,
    planned.obligation_key,
    planned.period_month,
    planned.planned_minutes as scheduled_minutes,
    planned.currency_code,
    cast(planned.planned_cost_amount as decimal(18, 4)) as planned_cost_amount,
    projects.contract_currency_code,
    case
        when projects.contract_type = 'non_billable' then cast(0 as decimal(18, 4))
        else {{ minutes_at_rate(
            'planned.planned_minutes',
            'coalesce(last_billed.bill_rate, case when bill_rates.currency_code'
            ~ ' = projects.contract_currency_code then bill_rates.bill_rate'
            ~ ' else cast(bill_rates.bill_rate as decimal(20, 6)) * card_fx.fx_rate end)',
            minor_units('projects.contract_currency_code')
        ) }}
    end as contract_value_amount
from planned
inner join {{ ref('dim_projects') }} as projects
    on planned.project_key = projects.project_key
left join {{ ref('dim_resource_assignments') }} as assignments
    on planned.resource_key = assignments.resource_key
    and planned.start_date >= assignments.valid_from
    and planned.start_date < {{ open_end('assignments.valid_to') }}
left join last_billed
    on planned.project_key = last_billed.project_key
    and assignments.role_name = last_billed.role_name
left join {{ ref('dim_project_rate_cards') }} as rate_cards
    on planned.project_key = rate_cards.project_key
    and planned.source_instance = rate_cards.source_instance
left join {{ ref('dim_bill_rates') }} as bill_rates
    on rate_cards.source_instance = bill_rates.source_instance
    and rate_cards.rate_card_id = bill_rates.rate_card_id
    and assignments.role_name = bill_rates.role_name
    and planned.start_date >= bill_rates.valid_from
    and planned.start_date < {{ open_end('bill_rates.valid_to') }}
{{ join_fx_rate(
    'card_fx', 'bill_rates.currency_code', 'projects.contract_currency_code',
    'planned.start_date'
) }}
where planned.planned_minutes > 0 or planned.planned_cost_amount > 0
