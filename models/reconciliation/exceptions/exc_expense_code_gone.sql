-- Approved expenses that were coded to a project once and are to none now, though they are
-- for a client: the project's cost is without them, in all periods where it earns by cost.
-- Who gives one the category of an internal expense says that it was for no project.
with

coded as (
    select
        versions.source_instance,
        versions.expense_line_id,
        codes.legal_entity_code,
        codes.project_key,
        row_number() over (
            partition by
                versions.source_instance, versions.expense_line_id, codes.legal_entity_code
            order by versions.landed_at desc, versions.source_version desc
        ) as place
    from {{ ref('spend_expense_line_versions') }} as versions
    inner join {{ ref('int_spend_projects') }} as codes
        on versions.source_instance = codes.source_instance
        and nullif(upper(trim(versions.project_code)), '') = codes.stated_project_code
        and codes.project_key is not null
    where not versions.is_deleted
)

select
    'expense_code_gone' as kind,
    'an expense of ' || cast(expenses.expense_date as varchar) || ', '
    || {{ amount_text('expenses.amount', 'expenses.currency_code') }} || ' '
    || expenses.currency_code || ', was for project ' || projects.project_code || ' and is for '
    || coalesce('what nobody knows as ' || expenses.project_code, 'none') || ' now' as reason,
    expenses.source_system,
    expenses.source_instance,
    expenses.expense_line_id as source_id,
    projects.legal_entity_code,
    coded.project_key,
    cast(null as date) as period_month,
    expenses.amount,
    expenses.currency_code,
    expenses.expense_date as since
from {{ ref('fct_expenses') }} as expenses
inner join coded
    on expenses.source_instance = coded.source_instance
    and expenses.expense_line_id = coded.expense_line_id
    and coalesce(coded.legal_entity_code, expenses.legal_entity_code, '')
    = coalesce(expenses.legal_entity_code, '')
    and coded.place = 1
inner join {{ ref('dim_projects') }} as projects
    on coded.project_key = projects.project_key
left join {{ ref('expense_category_policies') }} as categories
    on expenses.category_name = categories.category_name
where
    expenses.is_approved
    and expenses.project_key is null
    and (expenses.project_code is not null or categories.is_client_related)
