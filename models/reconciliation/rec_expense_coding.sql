-- Control C08. Grain: one row per approved expense line: its person and project are
-- known, an expense for a client names a project, and every line a cost centre.
with

expenses as (
    select * from {{ ref('fct_expenses') }}
    where is_approved
),

judged as (
    select
        expenses.*,
        case
            when expenses.is_employee_ambiguous
                then 'number_of_several_people'
            when expenses.resource_key is null and {{ has_role('hr') }}
                then 'unknown_employee'
            when expenses.is_project_contested
                then 'code_of_several_projects'
            when expenses.project_code is not null and expenses.project_key is null
                then 'unknown_project'
            when expenses.project_code is null and categories.is_client_related
                then 'missing_project_code'
            when expenses.cost_centre_code is null then 'missing_cost_centre'
            else 'matched'
        end as match_status
    from expenses
    left join {{ ref('expense_category_policies') }} as categories
        on expenses.category_name = categories.category_name
)

select
    cast('C08' as varchar) as control_id,
    judged.source_instance || ':' || judged.expense_line_id as difference_key,
    coalesce(judged.legal_entity_code, projects.legal_entity_code) as legal_entity_code,
    {{ period_start('periods', 'judged.expense_date') }} as period_month,
    case when not judged.is_project_contested then judged.project_code end as project_code,
    judged.category_name,
    judged.employee_number,
    cast(judged.amount as decimal(18, 4)) as left_amount,
    cast(
        case when judged.match_status = 'matched' then judged.amount else 0 end
        as decimal(18, 4)
    ) as right_amount,
    cast(
        case when judged.match_status = 'matched' then 0 else judged.amount end
        as decimal(18, 4)
    ) as difference_amount,
    judged.currency_code,
    judged.match_status,
    case when judged.match_status != 'matched' then judged.match_status end as reason,
    policies.owner,
    judged.source_system || ':' || judged.source_instance || ':' || judged.expense_line_id
        as source_ids
from judged
left join {{ ref('dim_projects') }} as projects
    on judged.project_key = projects.project_key
{{ join_period(
    'periods', 'coalesce(judged.legal_entity_code, projects.legal_entity_code)',
    'judged.expense_date'
) }}
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C08' and policies.is_applicable
