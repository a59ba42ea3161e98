{# The columns that every model of exceptions has, with their types. #}
{% macro exception_columns() -%}
    {{ return({
        'kind': 'varchar',
        'reason': 'varchar',
        'source_system': 'varchar',
        'source_instance': 'varchar',
        'source_id': 'varchar',
        'legal_entity_code': 'varchar',
        'project_key': 'varchar',
        'period_month': 'date',
        'amount': 'decimal(18, 4)',
        'currency_code': 'varchar',
        'since': 'date',
    }) }}
{%- endmacro %}

{#
    What all models of exceptions in a layer found, one under the other: a kind enters by
    its file exc_<kind>.sql. dbt has to be told which there are before it reads them, so
    `warehouse` looks at the folders. What a record does not say, its currency say, leaves its
    exception without a sentence: it is told by its kind and key, and stops no build.
#}
{% macro stacked_exceptions(layer) -%}
    {%- set unsaid = "replace(kind, '_', ' ') || coalesce(': ' || source_id, '')" %}
    {%- for name in var('exceptions')[layer] %}
    select
        {%- for column, type in exception_columns().items() %}
        {%- set said = "coalesce(reason, " ~ unsaid ~ ")" if column == 'reason' else column %}
        cast({{ said }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The kinds that there are models of, one row each. #}
{% macro exception_kinds() -%}
    {%- set layers = var('exceptions') -%}
    {%- for name in layers['reconciliation'] + layers['adjustments'] %}
    select cast('{{ name | replace('exc_', '', 1) }}' as varchar) as kind
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# What tells an exception from others: its kind, record, project and period. #}
{% macro exception_key(exceptions, projects) -%}
    cast(
        {{ exceptions }}.kind || ':' || coalesce({{ exceptions }}.source_instance, '')
        || ':' || coalesce({{ exceptions }}.source_id, '')
        || coalesce(':' || {{ projects }}.project_code, '')
        || coalesce(':' || cast({{ exceptions }}.period_month as varchar), '')
        as varchar
    )
{%- endmacro %}
