{{ config(tags=['control'], severity='warn', meta={'control_id': 'C10'}) }}
-- Approved facts and plans without an amount, because a rate is missing.
select *
from {{ ref('rec_unpriced_facts') }}
where match_status != 'matched'
