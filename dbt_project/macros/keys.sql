{#
    A deterministic key: md5 of the entity's name and its identifying columns, so the
    same thing gets the same key in every model and every rebuild. Null when all
    columns are null: an unknown thing has no key, rather than one shared by all
    unknown things.
#}
{% macro entity_key(entity, columns) -%}
    case
        when {% for column in columns -%}
            {{ column }} is not null{{ ' or ' if not loop.last }}
        {%- endfor %}
            then md5(
                '{{ entity }}'
                {%- for column in columns %}
                || '|' || coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
                {%- endfor %}
            )
    end
{%- endmacro %}
