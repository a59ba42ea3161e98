-- Grain: one row per draft invoice the ERP should hold: an accepted milestone, or what
-- else a project's month that is over lets be billed.
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

lines as (
    select
        proposed.*,
        as_of.as_of_date,
        case
            when proposed.line_type = 'milestone' then proposed.correlation_id
            else 'month|' || substr(cast(proposed.period_month as varchar), 1, 7)
        end as proposal
    from {{ ref('fct_invoice_proposal_lines') }} as proposed
    cross join as_of
    where
        proposed.line_type != 'cap'
        and (
            proposed.line_type = 'milestone'
            or proposed.period_month < {{ month_start('as_of.as_of_date') }}
        )
),

capped as (
    select distinct project_key
    from {{ ref('fct_invoice_proposal_lines') }}
    where line_type = 'cap'
),

summed as (
    select
        project_key,
        customer_key,
        project_code,
        legal_entity_code,
        currency_code,
        proposal,
        tax_code,
        segment_code,
        blocked_reason,
        period_month,
        as_of_date,
        max(case when line_type = 'milestone' then line_text end) as milestone_text,
        min(correlation_id) as correlation_id,
        count(*) as lines_count,
        sum(case when line_type = 'time' then net_amount end)
            as time_amount,
        sum(case when line_type = 'expense' then net_amount end)
            as expense_amount,
        sum(case when line_type = 'milestone' then net_amount end)
            as milestone_amount,
        sum(case when line_type = 'balance' then net_amount end)
            as balance_amount,
        sum(case when line_type = 'instalment' then net_amount end)
            as instalment_amount,
        sum(case when line_type = 'cost' then net_amount end)
            as cost_amount
    from lines
    group by
        project_key,
        customer_key,
        project_code,
        legal_entity_code,
        currency_code,
        proposal,
        tax_code,
        segment_code,
        blocked_reason,
        period_month,
        as_of_date
),

-- What a proposal of a company that no ERP knows waits for: it is held, under some name.
first_erp as (
    select min(source_instance) as source_instance from {{ ref('dim_legal_entities') }}
),

judged as (
    select
        summed.*,
        erp_customers.record_id as erp_customer_id,
        projects.erp_project_id,
        projects.erp_department_id,
        legal_entities.erp_subsidiary_id,
        coalesce(legal_entities.source_instance, first_erp.source_instance, 'erp')
            as target_system,
        coalesce(own.owner, firm_wide.owner) as policy_owner,
        case
            when summed.blocked_reason is not null
                then 'blocked: ' || replace(summed.blocked_reason, '_', ' ')
            when capped.project_key is not null then 'above the cap'
            when legal_entities.erp_subsidiary_id is null then 'legal entity unknown in ERP'
            when erp_customers.record_id is null then 'customer unknown in ERP'
            when projects.erp_project_id is null then 'project unknown in ERP'
            when
                summed.time_amount < 0
                or summed.expense_amount < 0
                or summed.milestone_amount < 0
                or summed.balance_amount < 0
                or summed.instalment_amount < 0
                or summed.cost_amount < 0
                then 'an amount to credit'
            when coalesce(own.action, firm_wide.action, 'hold') != 'post' then 'policy'
        end as hold_reason
    from summed
    cross join first_erp
    left join capped on summed.project_key = capped.project_key
    left join {{ ref('dim_customers') }} as customers
        on summed.customer_key = customers.customer_key
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on summed.legal_entity_code = legal_entities.legal_entity_code
    left join {{ ref('crosswalk_customers') }} as erp_customers
        on erp_customers.role = 'erp'
        and legal_entities.erp_instance = erp_customers.source_instance
        and customers.customer_number = erp_customers.customer_number
    left join {{ ref('int_projects_booked') }} as projects
        on legal_entities.erp_instance = projects.erp_instance
        and summed.project_code = projects.project_code
    left join {{ ref('record_policies') }} as own
        on own.kind = 'invoice_proposal'
        and summed.legal_entity_code = own.legal_entity_code
    left join {{ ref('record_policies') }} as firm_wide
        on firm_wide.kind = 'invoice_proposal' and firm_wide.legal_entity_code = '*'
)

select
    'invoice_proposal|' || coalesce(legal_entity_code, '') || '|' || project_code || '|'
    || proposal as posting_key,
    cast('invoice_proposal' as varchar) as kind,
    target_system,
    cast('invoice' as varchar) as record_type,
    cast(null as varchar) as record_id,
    {{ json_fields({
        'customer_id': 'erp_customer_id',
        'project_id': 'erp_project_id',
        'subsidiary_id': 'erp_subsidiary_id',
        'department_id': 'erp_department_id',
        'currency_code': 'currency_code',
        'tax_code': 'tax_code',
        'segment_code': 'segment_code',
        'description': 'coalesce(milestone_text, substr(cast(period_month as varchar), 1, 7))',
        'amount_time': amount_text('time_amount', 'currency_code'),
        'amount_expense': amount_text('expense_amount', 'currency_code'),
        'amount_milestone': amount_text('milestone_amount', 'currency_code'),
        'amount_balance': amount_text('balance_amount', 'currency_code'),
        'amount_instalment': amount_text('instalment_amount', 'currency_code'),
        'amount_cost': amount_text('cost_amount', 'currency_code'),
    }) }} as record_fields,
    legal_entity_code,
    project_code,
    cast(period_month as date) as period_month,
    cast(as_of_date as date) as posting_date,
    cast(case when hold_reason is null then 'post' else 'hold' end as varchar)
        as policy_action,
    cast(hold_reason as varchar) as hold_reason,
    case when hold_reason is not null then policy_owner end as hold_owner,
    correlation_id,
    cast(lines_count as varchar) || ' proposal lines, first ' || correlation_id as source_ids
from judged
