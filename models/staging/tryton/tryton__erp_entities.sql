-- Grain: one row per Tryton company. Of its country Tryton says nothing that is landed:
-- policy does.
select
    companies.company_id as entity_id,
    companies.legal_entity_code,
    companies.company_name as entity_name,
    cast(null as varchar) as country_code,
    companies.currency_code,
    {{ role_lineage('companies') }}
from {{ ref('stg_tryton__companies') }} as companies
