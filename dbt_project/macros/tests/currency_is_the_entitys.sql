{# A policy's amounts are in the functional currency of the entity they are for. #}
{% test currency_is_the_entitys(model) %}

select
    policies.legal_entity_code,
    policies.currency_code as stated_currency_code,
    legal_entities.currency_code as functional_currency_code
from {{ model }} as policies
inner join {{ ref('dim_legal_entities') }} as legal_entities
    on policies.legal_entity_code = legal_entities.legal_entity_code
where policies.currency_code != legal_entities.currency_code

{% endtest %}
