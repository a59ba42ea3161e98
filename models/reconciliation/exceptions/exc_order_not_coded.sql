-- Orders whose project or contractor nobody knows: they commit nothing, and what is billed
-- of them is nobody's hours.
select
    cast('order_not_coded' as varchar) as kind,
    'order ' || coalesce(orders.po_number, orders.po_line_id) || ': '
    || case
        when orders.is_project_contested
            then 'its project code ' || orders.project_code || ' is of several PSAs'
        when orders.project_key is null and orders.project_code is not null
            then 'its project code ' || orders.project_code || ' is nobody''s'
        when orders.is_employee_ambiguous
            then 'its employee number ' || orders.employee_number || ' is of several people'
        else 'its employee number ' || orders.employee_number || ' is nobody''s'
    end as reason,
    orders.source_system,
    orders.source_instance,
    orders.po_line_id as source_id,
    projects.legal_entity_code,
    orders.project_key,
    {{ period_start('periods', 'orders.ordered_date') }} as period_month,
    orders.ordered_amount as amount,
    orders.currency_code,
    orders.ordered_date as since
from {{ ref('fct_purchase_commitments') }} as orders
left join {{ ref('dim_projects') }} as projects
    on orders.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'orders.ordered_date') }}
where
    (orders.project_key is null and orders.project_code is not null)
    or (
        orders.resource_key is null
        and orders.employee_number is not null
        and {{ has_role('hr') }}
    )
