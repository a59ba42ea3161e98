{# A layer is a schema of its own name, whoever builds it: readers know where to look. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
