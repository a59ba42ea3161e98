{#
    What a custom field of Kantata says, one row per subject of a type that has it. `setting`
    names the field by what it is for; the account's settings name it by its own name.
#}
{% macro own_field(subject_type, setting, subject_id, field_value) -%}
    select
        own_fields.source_instance,
        own_fields.subject_id as {{ subject_id }},
        max(own_fields.field_value) as {{ field_value }}
    from {{ ref('stg_kantata__custom_field_values') }} as own_fields
    inner join {{ ref('stg_landing__settings') }} as own_names
        on own_fields.source_instance = own_names.source_instance
        and own_fields.field_name = own_names.setting_value
        and own_names.setting = '{{ setting }}'
    where own_fields.subject_type = '{{ subject_type }}' and not own_fields.is_deleted
    group by own_fields.source_instance, own_fields.subject_id
{%- endmacro %}
