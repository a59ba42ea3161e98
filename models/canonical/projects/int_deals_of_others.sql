-- Grain: one row per won deal that names a project of which it is no part, as deals of other
-- customers name it too.
select
    {{ entity_key('project', ['crosswalk.claimed_project_code']) }} as claimed_project_key,
    crosswalk.claimed_project_code,
    deals.deal_id,
    deals.deal_name,
    deals.legal_entity_code,
    deals.close_date,
    deals.currency_code,
    deals.price_amount,
    {{ source_coordinates('deals') }}
from {{ ref('crosswalk_projects') }} as crosswalk
inner join {{ ref('crm_deals') }} as deals
    on crosswalk.source_instance = deals.source_instance
    and crosswalk.record_id = deals.deal_id
where crosswalk.is_of_other_customer
