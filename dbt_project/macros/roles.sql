{#
    What all systems that play a role say of one thing: for each vendor that says it, the
    rows of its own model `<vendor>__<contract>`, in the contract's columns. A vendor none
    of whose systems has said anything is left out, and so are its models from the build
    (`warehouse.absent_vendors`). A contract's name begins with its role:
    psa_time_entries, erp_accounts.
#}
{% macro role_rows(contract) -%}
    {%- set role = contract.split('_') | first -%}
    {%- set says = var('vendor_roles') -%}
    {%- set selects = [] -%}
    {%- for vendor in says if role in says[vendor] or contract in says[vendor] %}
    {%- set told = ref(vendor ~ '__' ~ contract) -%}  {# read here: dbt must know of all #}
    {%- if vendor not in absent_vendors() %}
    {%- do selects.append('select ' ~ model.columns | join(', ') ~ '\nfrom ' ~ told) -%}
    {%- endif %}
    {%- endfor %}
    {{- selects | join('\nunion all\n') or nobodys_rows(model.columns) }}
{%- endmacro %}

{# The vendors that this command was told are absent; by hand none is. #}
{% macro absent_vendors() -%}
    {{ return(env_var('TIEOUT_ABSENT_VENDORS', '').split(',')) }}
{%- endmacro %}

{# No rows, of the declared columns. #}
{% macro nobodys_rows(columns) -%}
    select
        {%- for name, column in columns.items() %}
        cast(null as {{ column.data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{# The lineage of the record that leads a row of a vendor's model of a contract. #}
{% macro role_lineage(relation) -%}
    {{ relation }}.source_system,
    {{ relation }}.source_instance,
    {{ relation }}.source_id,
    {{ relation }}.source_version,
    {{ relation }}.is_deleted,
    {{ relation }}.source_updated_at,
    {{ relation }}.landed_at
{%- endmacro %}
