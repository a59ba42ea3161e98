-- Grain: one row per approved expense line on a known project that the ERP has not
-- booked. Control C03 finds them; once somebody books the line, nothing is desired.
select
    {{ desired_posting(
        'expense_to_project', amount='difference_amount', reference='expense_line_id'
    ) }}
from {{ ref('rec_expenses_to_erp') }}
where match_status = 'missing_in_erp' and project_code is not null
