{#
    Every value of `columns` that is not null exists in `field` of `to`: a key that
    leads nowhere drops its row from the first inner join.
#}
{% test refers_to(model, columns, to, field) %}

{% for column in columns %}
select
    '{{ column }}' as column_name,
    {{ column }} as missing_value,
    count(*) as rows_count
from {{ model }}
where
    {{ column }} is not null
    and {{ column }} not in (select {{ field }} from {{ to }} where {{ field }} is not null)
group by {{ column }}
{{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
