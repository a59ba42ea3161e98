{{ config(tags=['control'], severity='error', meta={'control_id': 'I18'}) }}
-- Margins that are not the sum of the lines that explain them.
select *
from {{ ref('rec_margin_explained') }}
where match_status != 'matched'
