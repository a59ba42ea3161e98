-- Grain: one row per product of a Salesforce opportunity.
select
    deal_lines.opportunity_line_id as deal_line_id,
    deal_lines.opportunity_id as deal_id,
    nullif(trim(deal_lines.obligation_code), '') as obligation_code,
    deal_lines.line_name,
    deal_lines.contract_type,
    deal_lines.service_start_date,
    deal_lines.service_end_date,
    deal_lines.included_hours,
    deal_lines.quantity,
    deal_lines.list_price_amount,
    deal_lines.total_price_amount,
    {{ role_lineage('deal_lines') }}
from {{ ref('stg_salesforce__opportunity_lines') }} as deal_lines
