-- Won deals that change another one which no project delivers, or an obligation that its
-- project does not have: their price is nowhere.
select
    'modification_of_unknown_project' as kind,
    'a change of '
    || {{ amount_text('changes.price_change_amount', 'changes.currency_code') }}
    || coalesce(' ' || changes.currency_code, '')
    || ' from ' || cast(changes.effective_date as varchar)
    || ' changes a deal or obligation that no project delivers' as reason,
    changes.source_system,
    changes.source_instance,
    changes.source_id,
    projects.legal_entity_code,
    projects.project_key,
    {{ period_start('periods', 'changes.effective_date') }} as period_month,
    changes.price_change_amount as amount,
    changes.currency_code,
    changes.effective_date as since
from {{ ref('fct_contract_modifications') }} as changes
left join {{ ref('dim_projects') }} as projects
    on changes.project_code = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'changes.effective_date') }}
where changes.obligation_key is null
