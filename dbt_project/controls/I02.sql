{{ config(tags=['control'], severity='error', meta={'control_id': 'I02'}) }}

-- A version landed twice would be read as a change that never was.
with

repeated as (
    {{ every_raw_table(
        'count(*) - count(distinct _key || chr(31) || cast(_version as varchar)) as rows_repeated',
        group_by=['source_instance']
    ) }}
)

select *
from repeated
where rows_repeated != 0
