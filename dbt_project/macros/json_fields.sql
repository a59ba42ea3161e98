{#
    A JSON object of text values, without those that are null. `fields` maps a name to an
    expression. Quotes and backslashes in a value are escaped; line ends stay, which the
    reader allows.
#}
{% macro json_fields(fields) -%}
    '{' || concat_ws(
        ', '
        {%- for name, expression in fields.items() %},
        '"{{ name }}": "' || replace(
            replace(cast({{ expression }} as varchar), chr(92), chr(92) || chr(92)),
            '"', chr(92) || '"'
        ) || '"'
        {%- endfor %}
    ) || '}'
{%- endmacro %}
