-- Grain: one row per project; each column is as its feed declares it.
select
    said.project_id,
    said.customer_id,
    said.manager_person_id,
    said.project_code,
    cast(null as timestamp) as project_code_landed_at,
    said.rate_card_id,
    said.start_date,
    said.end_date,
    said.project_name,
    said.project_status,
    said.legal_entity_code,
    said.practice_code,
    said.contract_type,
    said.currency_code,
    said.price_amount,
    said.expense_budget_amount,
    said.expense_budget_currency_code,
    said.is_archived,
    {{ role_lineage('said') }}
from {{ ref('stg_files__psa_projects') }} as said
