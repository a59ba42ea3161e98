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

{# Of rows flagged `is_deleted`: the greatest of the live ones', or of all if none lives. #}
{% macro of_live_first(column) -%}
    coalesce(max(case when not is_deleted then {{ column }} end), max({{ column }}))
{%- endmacro %}

{# How many different ones they are. #}
{% macro count_of_live_first(column) -%}
    coalesce(
        nullif(count(distinct case when not is_deleted then {{ column }} end), 0),
        count(distinct {{ column }})
    )
{%- endmacro %}
