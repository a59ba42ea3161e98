-- Grain: one row per person, project and month that payroll has landed for: what the
-- pools' actual rates allocate more than their provisional ones did.
select
    {{ desired_posting(
        'burden_allocation', amount='burden_actualisation_amount', resource='resource_key'
    ) }}
from {{ ref('fct_labour_true_ups') }}
where project_code is not null
