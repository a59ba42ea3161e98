-- Grain: one row per line of a journal, or of what a subledger accounted for. What is
-- charged to a project is a project cost, which knows the project, the day it is for and
-- the line it came from.
select
    booked_lines.transaction_id,
    booked_lines.line_id,
    booked_lines.account_number as account_id,
    booked_lines.legal_entity_id as entity_id,
    coalesce(booked_lines.project_number, project_costs.project_number) as project_id,
    coalesce(booked_lines.project_number, project_costs.project_number) as line_party_id,
    booked_lines.cost_centre as dimension_id,
    coalesce(project_costs.original_reference, booked_lines.source_reference) as booked_line_id,
    coalesce(booked_lines.service_date, project_costs.expenditure_item_date) as service_date,
    booked_lines.memo,
    coalesce(
        booked_lines.worked_hours,
        cast(
            case when upper(project_costs.unit_code) = 'HOURS' then project_costs.quantity end
            as decimal(9, 2)
        )
    ) as worked_hours,
    booked_lines.debit_amount,
    booked_lines.credit_amount,
    booked_lines.transaction_amount,
    booked_lines.takes_project,
    booked_lines.is_posting,
    {{ role_lineage('booked_lines') }}
from {{ ref('oracle_fusion__int_lines') }} as booked_lines
left join {{ ref('stg_oracle_fusion__project_costs') }} as project_costs
    on booked_lines.source_instance = project_costs.source_instance
    and booked_lines.project_cost_id = project_costs.project_cost_id
    and not project_costs.is_deleted
