-- Grain: one row per value of the dimension that stands for practices, by which lines name
-- it; where companies have values of their own, one of a name speaks for all.
with

stated as (select * from {{ ref('stg_dynamics365__dimension_values') }}),

first_rows as (
    {{ first_of_each(
        'stated', key=['source_instance', 'dimension_value'],
        order=['is_deleted asc nulls last', 'company_id asc nulls first']
    ) }}
)

select
    first_rows.dimension_value as dimension_id,
    first_rows.dimension_value as practice_code,
    first_rows.description as dimension_name,
    first_rows.is_suspended as is_inactive,
    {{ role_lineage('first_rows') }}
from first_rows
