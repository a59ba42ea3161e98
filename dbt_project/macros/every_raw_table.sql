{#
    The declared raw tables, from the project's own source declarations, so that a new
    vendor is checked without being listed here. Landing calls them <vendor>__<table>.
#}
{% macro raw_tables() -%}
    {%- set relations = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
            {%- if '__' in node.identifier and node.source_name != 'ledger' -%}
                {%- do relations.append(node) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(relations) }}
{%- endmacro %}

{#
    One aggregate over every declared raw table, stacked: vendor, table_name, the
    `group_by` columns and `measure`.
#}
{% macro every_raw_table(measure, group_by) -%}
    {%- for node in raw_tables() %}
    select
        '{{ node.identifier.split('__')[0] }}' as vendor,
        '{{ node.identifier.split('__', 1)[1] }}' as table_name,
        {{ group_by | join(', ') }},
        {{ measure }}
    from {{ node.relation_name }}
    group by {{ group_by | join(', ') }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as varchar) as vendor,
        cast(null as varchar) as table_name,
        {%- for column in group_by %}
        cast(null as varchar) as {{ column }},
        {%- endfor %}
        cast(0 as bigint) as {{ measure.split(' as ')[-1] }}
    where false
    {%- endfor %}
{%- endmacro %}

{# The records of every declared raw table whose latest version cannot be read whole. #}
{% macro every_unreadable_value() -%}
    {%- for node in raw_tables() %}
    select
        '{{ node.identifier.split('__')[0] }}' as vendor,
        '{{ node.identifier.split('__', 1)[1] }}' as table_name,
        kept.source_instance,
        kept._key as record_key,
        kept._load_id as load_id,
        kept._landed_at as landed_at,
        kept._variant as field_texts,
        {{ 'true' if node.meta.get('class') == 'pay' else 'false' }} as is_pay
    from {{ node.relation_name }} as kept
    where
        kept._variant is not null
        and not kept._deleted
        and not exists (
            select 1 from {{ node.relation_name }} as newer
            where
                newer.source_instance = kept.source_instance
                and newer._key = kept._key
                and newer._version > kept._version
        )
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as varchar) as vendor,
        cast(null as varchar) as table_name,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as record_key,
        cast(null as varchar) as load_id,
        cast(null as timestamp) as landed_at,
        cast(null as varchar) as field_texts,
        false as is_pay
    where false
    {%- endfor %}
{%- endmacro %}
