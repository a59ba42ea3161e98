{{ config(tags=['control'], severity='error', meta={'control_id': 'I11'}) }}
-- Payroll runs whose spread and bench do not add up to the payroll.
select *
from {{ ref('rec_totals_carried') }}
where
    control_id = 'I11'
    and match_status != 'matched'
