{#
    Compares two systems' rows under one key and names the outcome: the one vocabulary
    of match_status. `relation` is a CTE with the sides stacked, one row per record:
    difference_key, legal_entity_code, period_month, project_code, currency_code,
    left_amount and right_amount (null on the other side's rows), left_quantity and
    right_quantity (hours or pieces, null where a side has none) and source_id. Stacked,
    not joined, so that a one-sided record can neither vanish nor compare as null.

    A difference within the control's tolerance is a match. Quantities are compared
    only when amounts agree.
#}
{% macro compare_sides(relation, control_id, left_name, right_name) -%}
    select
        cast('{{ control_id }}' as varchar) as control_id,
        compared.difference_key,
        compared.legal_entity_code,
        compared.period_month,
        compared.project_code,
        compared.left_quantity,
        compared.right_quantity,
        compared.left_amount,
        compared.right_amount,
        cast(compared.left_amount - compared.right_amount as decimal(18, 4))
            as difference_amount,
        compared.currency_code,
        case
            when compared.currency_code != compared.other_currency_code
                then 'currency_differs'
            when
                abs(compared.left_amount - compared.right_amount)
                <= coalesce(policies.tolerance_amount, 0)
                and compared.left_quantity = compared.right_quantity
                then 'matched'
            when compared.left_count = 0 then 'missing_in_{{ left_name }}'
            when compared.right_count = 0 then 'missing_in_{{ right_name }}'
            when
                abs(compared.left_amount - compared.right_amount)
                <= coalesce(policies.tolerance_amount, 0)
                then 'quantity_differs'
            else 'amount_differs'
        end as match_status,
        policies.owner,
        compared.source_ids
    from (
        select
            difference_key,
            min(legal_entity_code) as legal_entity_code,
            min(period_month) as period_month,
            min(project_code) as project_code,
            min(currency_code) as currency_code,
            max(currency_code) as other_currency_code,
            count(left_amount) as left_count,
            count(right_amount) as right_count,
            cast(coalesce(sum(left_amount), 0) as decimal(18, 4)) as left_amount,
            cast(coalesce(sum(right_amount), 0) as decimal(18, 4)) as right_amount,
            cast(coalesce(sum(left_quantity), 0) as decimal(18, 2)) as left_quantity,
            cast(coalesce(sum(right_quantity), 0) as decimal(18, 2)) as right_quantity,
            {{ dbt.listagg('distinct source_id', "', '", 'order by source_id') }}
                as source_ids
        from {{ relation }}
        group by difference_key
    ) as compared
    inner join {{ ref('int_control_applicability') }} as policies
        on policies.control_id = '{{ control_id }}' and policies.is_applicable
{%- endmacro %}

{# The outcomes of several models of differences, one under the other. #}
{% macro stacked_differences(relations) -%}
    {%- for relation in relations %}
    select
        control_id,
        match_status,
        currency_code,
        difference_amount
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The different values there are, in order: the value itself where there is one only. #}
{% macro all_of(column) -%}
    {{ dbt.listagg('distinct ' ~ column, "', '", 'order by ' ~ column) }}
{%- endmacro %}
