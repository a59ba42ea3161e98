-- Grain: one row per S/4HANA company code; it is the firm's code.
select
    company_codes.company_code as entity_id,
    company_codes.company_code as legal_entity_code,
    company_codes.company_name as entity_name,
    company_codes.country_code,
    company_codes.currency_code,
    {{ role_lineage('company_codes') }}
from {{ ref('stg_s4hana__company_codes') }} as company_codes
