{#
    What all systems that play a role say of one thing: for each vendor that says it, the
    rows of its own model `<vendor>__<contract>`, in the contract's columns. A system that
    a firm does not have says nothing: its raw tables are there, and empty.
    A contract's name begins with its role: psa_time_entries, erp_accounts.
#}
{% macro role_rows(contract) -%}
    {%- set role = contract.split('_') | first -%}
    {%- set says = var('vendor_roles') -%}
    {%- for vendor in says if role in says[vendor] or contract in says[vendor] %}
    {{- '\nunion all\n' if not loop.first }}
    select {{ model.columns | join(', ') }}
    from {{ ref(vendor ~ '__' ~ contract) }}
    {%- endfor %}
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
