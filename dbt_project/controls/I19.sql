{{ config(tags=['control'], severity='error', meta={'control_id': 'I19'}) }}
-- Accounts that an entity's purposes name and the chart of its own ERP lacks: what is
-- booked on them would be found nowhere. Without an ERP there is no chart to ask.
with

charts as (
    select
        legal_entities.legal_entity_code,
        chart.account_number
    from {{ ref('dim_legal_entities') }} as legal_entities
    inner join {{ ref('dim_accounts') }} as chart
        on legal_entities.erp_instance = chart.source_instance
),

charted as (select distinct legal_entity_code from charts)

select
    purposes.legal_entity_code,
    purposes.account_number,
    count(*) as rows_count,
    purposes.account_number || ' for ' || min(purposes.purpose) || ' of '
    || purposes.legal_entity_code || ' in account_purposes' as message
from {{ ref('int_account_purposes') }} as purposes
inner join charted on purposes.legal_entity_code = charted.legal_entity_code
left join charts
    on purposes.legal_entity_code = charts.legal_entity_code
    and purposes.account_number = charts.account_number
where charts.account_number is null
group by purposes.legal_entity_code, purposes.account_number
