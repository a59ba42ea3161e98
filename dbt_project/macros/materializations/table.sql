{#
    A table on DuckDB, replaced in place. Nobody reads the build database before it is
    published, so the adapter's own way (build under another name, rename twice, look
    up indexes and columns) buys nothing here and costs more than most of our queries.
    Everything is one transaction: when the query fails, the earlier table stays.
    Indexes, grants and Python models are not supported, and descriptions become comments
    where they are read: in the published database.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {{ return(replaced_in_place(relation, contracted_table_as(relation, sql))) }}
{% endmaterialization %}

{# A view on DuckDB, replaced in place for the same reason. #}
{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {{ return(replaced_in_place(relation, create_view_as(relation, sql))) }}
{% endmaterialization %}

{% macro replaced_in_place(relation, created) %}
    {%- set existing = load_cached_relation(relation) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        drop {{ existing.type if existing is not none else relation.type }} if exists {{ relation }};
        {{ created }};
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [relation]}) }}
{% endmacro %}

{#
    A table of what the query yields, held to its contract once it is there: names, types
    and what is never null. dbt would ask for the query's columns first, which plans it
    twice.
#}
{% macro contracted_table_as(relation, sql) -%}
    {%- if not config.get('contract').enforced -%}
    create table {{ relation }} as ({{ sql }});
    {%- else -%}
    {%- set declared = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do declared.append(column.name ~ ' ' ~ column.data_type | upper | replace(' ', '')) -%}
    {%- endfor -%}
    create table {{ relation }} as (
        select {{ model.columns.values() | map(attribute='name') | join(', ') }}
        from ({{ sql }})
    );
    select error('its columns are ' || yielded || ', but declared are {{ declared | join(', ') }}')
    from (
        select string_agg(name || ' ' || type, ', ' order by cid) as yielded
        from pragma_table_info('{{ relation }}')
    )
    where yielded != '{{ declared | join(', ') }}';
    {%- for column in model.columns.values() if column.constraints %}
    alter table {{ relation }} alter column {{ column.name }} set not null;
    {%- endfor %}
    {%- endif %}
{%- endmacro %}
