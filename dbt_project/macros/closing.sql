{#
    What was learned of closed periods of projects that no open period has taken: a relation
    like int_closed_differences, of the entities whose projects they are.
#}
{% macro waiting_differences() -%}
    select differences.*
    from {{ ref('int_closed_differences') }} as differences
    inner join {{ ref('dim_projects') }} as waiting_projects
        on differences.project_key = waiting_projects.project_key
        and differences.legal_entity_code = waiting_projects.legal_entity_code
    where differences.taker_month is null
{%- endmacro %}
