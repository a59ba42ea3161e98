{#
    A table on DuckDB, replaced in place. Nobody reads the build database before it is
    published, so the adapter's own way (build under another name, rename twice, look
    up indexes and columns) buys nothing here and costs more than most of our queries.
    Everything is one transaction: when the query fails, the earlier table stays.
    Indexes, grants and Python models are not supported.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}

    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        drop {{ existing.type if existing is not none else 'table' }} if exists {{ target_relation }};
        {{ create_table_as(False, target_relation, sql) }};
        {{ table_comments(target_relation) }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# The statements that make a model's descriptions the comments of its table. #}
{% macro table_comments(relation) -%}
    {%- if config.persist_relation_docs() and model.description %}
    comment on table {{ relation }} is {{ duckdb_escape_comment(model.description | trim) }};
    {%- endif %}
    {%- if config.persist_column_docs() %}
    {%- for column in model.columns.values() if column.description %}
    comment on column {{ relation }}.{{ column.name }} is
        {{ duckdb_escape_comment(column.description | trim) }};
    {%- endfor %}
    {%- endif %}
{%- endmacro %}
