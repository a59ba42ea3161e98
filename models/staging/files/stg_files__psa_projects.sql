-- Grain: one row per project, as delivered in the contract's own columns.
with

source as (
    select * from {{ current_version(source('files', 'psa_projects')) }}
)

select
    project_id,
    customer_id,
    manager_person_id,
    project_code,
    rate_card_id,
    start_date,
    end_date,
    project_name,
    project_status,
    legal_entity_code,
    practice_code,
    contract_type,
    currency_code,
    price_amount,
    expense_budget_amount,
    expense_budget_currency_code,
    is_archived,
    {{ lineage('files') }}
from source
