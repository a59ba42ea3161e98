-- Grain: one row per live expense line and report: the tax in it that the firm gets back,
-- as stated, else the share that policy says of the tax as stated, else of what its rate
-- comes to. An entity's own row wins over «*», and among its rows the category's.
with

policies as (select * from {{ ref('expense_tax_policies') }}),

stated as (
    select
        expense_lines.source_instance,
        expense_lines.expense_report_id,
        expense_lines.expense_line_id,
        expense_lines.category_name,
        expense_lines.amount,
        expense_lines.currency_code,
        expense_lines.tax_amount,
        expense_lines.tax_rate,
        expense_lines.recoverable_tax_amount,
        assignments.legal_entity_code
    from {{ ref('spend_expense_lines') }} as expense_lines
    left join {{ ref('int_spend_people') }} as people
        on expense_lines.source_instance = people.source_instance
        and expense_lines.employee_number = people.employee_number
    left join {{ ref('dim_resource_assignments') }} as assignments
        on people.resource_key = assignments.resource_key
        and expense_lines.expense_date >= assignments.valid_from
        and expense_lines.expense_date < assignments.valid_to
    where not expense_lines.is_deleted
),

decided as (
    select
        stated.*,
        coalesce(
            stated.tax_amount,
            {{ rounded_amount(
                ['stated.amount', 'stated.tax_rate'], minor_units('stated.currency_code'),
                divided_by='(1 + stated.tax_rate)'
            ) }}
        ) as whole_tax_amount,
        coalesce(
            own.recoverable_rate, own_any.recoverable_rate, any_own.recoverable_rate,
            any_any.recoverable_rate, 0
        ) as recoverable_rate
    from stated
    left join policies as own
        on stated.legal_entity_code = own.legal_entity_code
        and stated.category_name = own.category_name
    left join policies as own_any
        on stated.legal_entity_code = own_any.legal_entity_code
        and own_any.category_name = '*'
    left join policies as any_own
        on any_own.legal_entity_code = '*'
        and stated.category_name = any_own.category_name
    left join policies as any_any
        on any_any.legal_entity_code = '*'
        and any_any.category_name = '*'
)

select
    source_instance,
    expense_report_id,
    expense_line_id,
    cast(
        coalesce(
            recoverable_tax_amount,
            {{ rounded_amount(
                ['whole_tax_amount', 'recoverable_rate'], minor_units('currency_code')
            ) }},
            0
        ) as decimal(18, 4)
    ) as recoverable_tax_amount
from decided
