{#
    Tables, views and seeds on DuckDB, replaced in place. Nobody reads the build database
    before it is published, so the adapter's own way (build under another name, rename
    twice, look up indexes and columns) buys nothing here and costs more than most of our
    queries. All is one transaction in one call: when a query fails or a contract is
    broken, what was there stays, for the adapter closes a model's connection with it.
    Indexes, grants, hooks and Python models are not supported, and descriptions become
    comments where they are read: in the published database.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set created = 'create or replace table ' ~ this ~ ' as (' ~ in_declared_order(sql) ~ ');' -%}
    {{ return(replaced_in_place('table', created)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set created = 'create or replace view ' ~ this ~ ' as (' ~ in_declared_order(sql) ~ ');' -%}
    {{ return(replaced_in_place('view', created)) }}
{% endmaterialization %}

{#
    A seed's columns are declared with their types, in the file's order: none is guessed.
    A past day's seeds are in a folder of their own.
#}
{% materialization seed, adapter='duckdb' %}
    {%- set folder = env_var('TIEOUT_SEEDS_PATH', '') -%}
    {%- set file = folder ~ '/' ~ model.path if folder else adapter.get_seed_file_path(model) -%}
    {%- set created -%}
        create or replace table {{ this }} as (
            select *
            from read_csv(
                '{{ file | replace("'", "''") }}',
                auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
                columns = {{ config.get('column_types') }}
            )
        );
    {%- endset -%}
    {%- do store_result('agate_table', response='not read') -%}  {# dbt asks for it #}
    {{ return(replaced_in_place('table', created)) }}
{% endmaterialization %}

{% macro replaced_in_place(type, created) %}
    {%- set relation = this.incorporate(type=type) -%}
    {%- set existing = load_cached_relation(this) -%}

    {%- set statements -%}
        begin;
        {%- if existing is not none and existing.type != type %}
        drop {{ existing.type }} {{ existing }};
        {%- endif %}
        {{ created }}
        {{ contract_checked(relation) if config.get('contract').enforced }}
        commit;
    {%- endset -%}
    {#- Not by statement(), which writes what runs to the disk beside the compiled query. -#}
    {%- set executed = adapter.execute(statements, auto_begin=False) -%}
    {%- do store_result('main', response=executed[0], agate_table=executed[1]) -%}

    {{ return({'relations': [relation]}) }}
{% endmacro %}

{#
    What the query yields beyond its declared columns comes last, for the contract to
    refuse: left out here, it would be lost in silence.
#}
{% macro in_declared_order(sql) -%}
    {%- if config.get('contract').enforced -%}
    {%- set declared = model.columns.values() | map(attribute='name') | join(', ') -%}
    select {{ declared }}, * exclude ({{ declared }})
    from ({{ sql }})
    {%- else -%}
    {{ sql }}
    {%- endif -%}
{%- endmacro %}

{#
    Holds what was built to its contract: names, types and what is never null. dbt would
    ask for the query's columns first, which plans it twice.
#}
{% macro contract_checked(relation) -%}
    {%- set declared = [] -%}
    {%- set never_null = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do declared.append(column.name ~ ' ' ~ column.data_type | upper | replace(' ', '')) -%}
        {%- if column.constraints %}{% do never_null.append(column.name) %}{% endif -%}
    {%- endfor -%}
    select error('{{ model.name }} yields ' || undeclared || ', which its contract does not declare')
    from (
        select string_agg(name, ', ' order by cid) as undeclared
        from pragma_table_info('{{ relation }}')
        where cid >= {{ declared | length }}
    )
    where undeclared is not null;
    select error('its columns are ' || yielded || ', but declared are {{ declared | join(', ') }}')
    from (
        select string_agg(name || ' ' || type, ', ' order by cid) as yielded
        from pragma_table_info('{{ relation }}')
    )
    where yielded != '{{ declared | join(', ') }}';
    {%- if never_null and relation.is_table %}
    select error(concat_ws(
        ' and ' {%- for name in never_null %}, case when {{ name }} is null then '{{ name }}' end {%- endfor %}
    ) || ' is null in a row, but declared never to be')
    from {{ relation }}
    where {{ never_null | join(' is null or ') }} is null
    limit 1;
    {%- endif %}
{%- endmacro %}
