{#
    One aggregate over every declared raw table, stacked: vendor, table_name, the
    `group_by` columns and `measure`. Reads the tables from the project's own source
    declarations, so a new vendor is checked without being listed here.
#}
{% macro every_raw_table(measure, group_by) -%}
    {%- set relations = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
            {%- if node.identifier == node.source_name ~ '__' ~ node.name
                and node.source_name != 'ledger' -%}
                {%- do relations.append(node) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for node in relations %}
    select
        '{{ node.source_name }}' as vendor,
        '{{ node.name }}' as table_name,
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
