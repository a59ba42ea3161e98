{{ config(tags=['control'], severity='warn', meta={'control_id': 'C02'}) }}
-- Invoices that only one of PSA and ERP holds, or that differ in amount.
select *
from {{ ref('rec_invoices_psa_to_erp') }}
where match_status != 'matched'
