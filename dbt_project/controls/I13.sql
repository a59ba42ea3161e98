{{ config(tags=['control'], severity='error', meta={'control_id': 'I13'}) }}
-- Totals that a margin mart does not carry in full.
select *
from {{ ref('rec_facts_to_marts') }}
where match_status != 'matched'
