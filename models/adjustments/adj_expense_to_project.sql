-- Grain: one row per approved expense line on a known project, and one that takes it back
-- once somebody booked it in the ERP, as it is or otherwise: nothing more is desired then.
-- Control C03 finds what the ERP lacks.
with

claimed as (
    select * from {{ ref('rec_expenses_to_erp') }}
    where project_code is not null and left_amount is not null
),

stacked as (

    select
        legal_entity_code,
        project_code,
        period_month,
        expense_line_id,
        left_amount as desired_amount,
        case when match_status = 'missing_in_erp' then 1 else 0 end as source_entry_count
    from claimed

    union all

    select
        legal_entity_code,
        project_code,
        period_month,
        expense_line_id,
        -left_amount as desired_amount,
        0 as source_entry_count
    from claimed
    where match_status != 'missing_in_erp'

)

select
    {{ desired_posting(
        'expense_to_project', reference='expense_line_id', sources='source_entry_count'
    ) }}
from stacked
