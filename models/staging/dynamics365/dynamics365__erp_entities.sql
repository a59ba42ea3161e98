-- Grain: one row per legal entity. Its id, of four letters, is the firm's code of it. Of
-- its country Dynamics has a word of three letters in an address alone: policy states it.
select
    companies.company_id as entity_id,
    companies.legal_entity_code,
    companies.company_name as entity_name,
    cast(null as varchar) as country_code,
    ledgers.currency_code,
    {{ role_lineage('companies') }}
from {{ ref('stg_dynamics365__companies') }} as companies
left join {{ ref('stg_dynamics365__ledgers') }} as ledgers
    on companies.source_instance = ledgers.source_instance
    and companies.company_id = ledgers.company_id
