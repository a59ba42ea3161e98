{{ config(tags=['control'], severity='error', meta={'control_id': 'I24'}) }}
-- Desired amounts that are lost or doubled between a kind's rows and its posting keys.
-- Without an ERP nothing is desired.
with

stacked as (

    select
        kind,
        legal_entity_code,
        project_code,
        desired_amount as detailed_amount,
        0 as desired_amount
    from {{ ref('int_postings_stacked') }}

    union all

    select
        kind,
        legal_entity_code,
        project_code,
        0 as detailed_amount,
        desired_amount
    from {{ ref('adj_desired_postings') }}

)

select
    kind,
    legal_entity_code,
    project_code,
    sum(detailed_amount) as detailed_amount,
    sum(desired_amount) as desired_amount,
    sum(detailed_amount) - sum(desired_amount) as difference_amount
from stacked
where {{ has_role('erp') }}
group by kind, legal_entity_code, project_code
having sum(detailed_amount) != sum(desired_amount)
