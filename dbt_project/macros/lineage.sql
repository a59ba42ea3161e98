{#
    The current state of an append-only raw table: the latest version of each record,
    tombstones included (staging flags them, it does not filter them). Versions count
    up from 1 in the order landing read them; the vendor's own date does not decide, or a
    record that comes back after a deletion would stay deleted. Most records have one
    version only, so just the others are grouped.
    Use as `from {{ current_version(source('vendor', 'records')) }}`.
#}
{% macro current_version(relation) -%}
    (
        select versions.*
        from {{ relation }} as versions
        left join (
            select
                source_instance,
                _key,
                max(_version) as _version
            from {{ relation }}
            where _version > 1
            group by source_instance, _key
        ) as newest
            on versions.source_instance = newest.source_instance
            and versions._key = newest._key
        where versions._version = coalesce(newest._version, 1)
    )
{%- endmacro %}

{# The columns every staging model ends with: where a row came from, and when. #}
{% macro lineage(vendor) -%}
    cast('{{ vendor }}' as varchar) as source_system,
    source_instance,
    _key as source_id,
    _version as source_version,
    _event_id as event_id,
    coalesce(_deleted, false) as is_deleted,
    _changed_at as source_updated_at,
    _landed_at as landed_at
{%- endmacro %}

{# The source coordinates a canonical row keeps from the one staging row it came from. #}
{% macro source_coordinates(relation) -%}
    {{ relation }}.source_system,
    {{ relation }}.source_instance,
    {{ relation }}.source_id,
    {{ relation }}.source_version
{%- endmacro %}

{#
    The name a transaction keeps from its source through the ledger into the ERP and
    back, readable on both ends: vendor:instance:time_entry:4711.
#}
{% macro correlation_id(relation, entity) -%}
    {{ relation }}.source_system || ':' || {{ relation }}.source_instance
    || ':{{ entity }}:' || {{ relation }}.source_id
{%- endmacro %}
