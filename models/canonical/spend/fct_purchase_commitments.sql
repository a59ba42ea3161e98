-- Grain: one row per live purchase order line: a contractor's hours on one project at an
-- agreed rate, or goods and services for a sum. What is not ordered yet is none. A closed or
-- cancelled order commits nothing more. Nor does a deleted one, which stays as last known:
-- what was received and billed of goods is owed, and so are hours where the contractor has
-- no other order for the project.
with

order_lines as (
    select
        stated.*,
        stated.employee_number is not null
        and sum(case when stated.is_deleted then 0 else 1 end) over (
            partition by
                stated.source_instance, stated.employee_number,
                upper(trim(stated.project_code))
        ) = 0 as is_last_known
    from {{ ref('spend_purchase_order_lines') }} as stated
    where stated.order_status != 'pending'
)

select
    {{ entity_key('commitment', ['order_lines.source_instance', 'order_lines.po_line_id']) }}
        as commitment_key,
    projects.project_key,
    people.resource_key,
    order_lines.po_line_id,
    order_lines.po_number,
    order_lines.supplier_number,
    coalesce(projects.project_code, nullif(upper(trim(order_lines.project_code)), ''))
        as project_code,
    order_lines.employee_number,
    order_lines.ordered_date,
    order_lines.service_start_date,
    order_lines.service_end_date,
    case
        when order_lines.is_deleted
            then coalesce(
                order_lines.closed_date, cast(order_lines.source_updated_at as date)
            )
        else order_lines.closed_date
    end as closed_date,
    order_lines.closed_date as released_date,
    order_lines.status_text as status,
    order_lines.currency_code,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.quantity as decimal(18, 2))
    end as ordered_hours,
    case
        when order_lines.employee_number is not null
            then cast(order_lines.unit_price as decimal(18, 6))
    end as hourly_rate,
    order_lines.ordered_amount,
    order_lines.billed_amount,
    cast(
        case
            when order_lines.is_deleted then 0
            when order_lines.order_status in ('closed', 'cancelled') then 0
            when order_lines.ordered_amount is null then null
            else greatest(order_lines.ordered_amount - order_lines.billed_amount, 0)
        end as decimal(18, 4)
    ) as open_amount,
    order_lines.employee_number is not null as is_hours,
    order_lines.is_pass_through,
    order_lines.is_deleted,
    projects.project_key is null and coalesce(codes.is_contested, false)
        as is_project_contested,
    coalesce(people.is_ambiguous, false) as is_employee_ambiguous,
    {{ correlation_id('order_lines', 'purchase_order_line') }} as correlation_id,
    {{ source_coordinates('order_lines') }}
from order_lines
left join {{ ref('int_spend_people') }} as people
    on order_lines.source_instance = people.source_instance
    and order_lines.employee_number = people.employee_number
left join {{ ref('dim_resource_assignments') }} as assignments
    on people.resource_key = assignments.resource_key
    and order_lines.ordered_date >= assignments.valid_from
    and order_lines.ordered_date < assignments.valid_to
left join {{ ref('int_spend_projects') }} as codes
    on order_lines.source_instance = codes.source_instance
    and nullif(upper(trim(order_lines.project_code)), '') = codes.stated_project_code
    and coalesce(codes.legal_entity_code, assignments.legal_entity_code, '')
    = coalesce(assignments.legal_entity_code, '')
left join {{ ref('dim_projects') }} as projects
    on codes.project_key = projects.project_key
where
    not order_lines.is_deleted
    or (
        projects.project_key is not null
        and (
            order_lines.employee_number is null
            or (order_lines.is_last_known and people.resource_key is not null)
        )
    )
