{#
    What is left of an amount when what was billed is taken off the rows of its partition
    in the given order, the first ones first. Adds up to all less billed, never below 0.
#}
{% macro left_to_bill(amount, billed, key, order) -%}
    greatest(
        sum({{ amount }}) over (
            partition by {{ key }}
            order by {{ order | join(' nulls last, ') }} nulls last
            rows between unbounded preceding and current row
        ) - {{ billed }}, 0
    ) - greatest(
        sum({{ amount }}) over (
            partition by {{ key }}
            order by {{ order | join(' nulls last, ') }} nulls last
            rows between unbounded preceding and current row
        ) - {{ amount }} - {{ billed }}, 0
    )
{%- endmacro %}

{# The part of an amount of a receivable that is not tax on it. #}
{% macro without_tax(amount, receivable) -%}
    case
        when {{ receivable }}.tax_amount = 0 then {{ amount }}
        else {{ amount_ratio(
            amount ~ ' * (' ~ receivable ~ '.amount - ' ~ receivable ~ '.tax_amount)',
            receivable ~ '.amount', receivable ~ '.currency_code'
        ) }}
    end
{%- endmacro %}
