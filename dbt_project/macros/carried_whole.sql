{#
    What a control of this build says of a total that nothing may be lost or added to on
    its way: there is no tolerance, and no side can be missing.

    relation: a CTE with left_amount, right_amount and currency_code. Yields both sides,
    difference_amount, currency_code, match_status and reason, in this order.
#}
{% macro carried_whole(relation) -%}
    {%- set left = relation ~ '.left_amount' -%}
    {%- set right = relation ~ '.right_amount' -%}
    cast({{ left }} as decimal(18, 4)) as left_amount,
    cast({{ right }} as decimal(18, 4)) as right_amount,
    cast({{ left }} - {{ right }} as decimal(18, 4)) as difference_amount,
    {{ relation }}.currency_code,
    case when {{ left }} = {{ right }} then 'matched' else 'amount_differs' end
        as match_status,
    case when {{ left }} != {{ right }} then 'total_not_carried' end as reason
{%- endmacro %}
