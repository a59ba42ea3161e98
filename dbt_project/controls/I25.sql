{{ config(tags=['control'], severity='error', meta={'control_id': 'I25'}) }}
-- Legal entities whose books are nowhere: two ERPs state them and policy names neither, or
-- the one that it names does not.
select
    entities.legal_entity_code,
    entities.legal_entity_code || ' is stated by '
    || {{ dbt.listagg(
        'distinct stated.source_instance', "' and '", 'order by stated.source_instance'
    ) }}
    || ', and erp_instance in legal_entity_policies is '
    || coalesce('«' || min(policies.erp_instance) || '»', 'empty') as message
from {{ ref('dim_legal_entities') }} as entities
inner join {{ ref('erp_entities') }} as stated
    on entities.legal_entity_code = stated.legal_entity_code
    and not stated.is_deleted
left join {{ ref('legal_entity_policies') }} as policies
    on entities.legal_entity_code = policies.legal_entity_code
where entities.erp_instance is null
group by entities.legal_entity_code
