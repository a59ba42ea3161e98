-- Grain: one row per thing that a customer signed: a won deal on the day it was closed, a
-- won change of one from its effective date on. It is worth its cap, else its price, at that
-- day's rate of exchange; what is sold by time without either has no value that is known.
with

deals as (select * from {{ ref('crm_deals') }}),

signed as (

    select
        'deal' as booking_type,
        deals.deal_id as booking_id,
        deals.deal_id,
        deals.deal_name as booking_name,
        deals.close_date as booking_date,
        case
            when deals.cap_amount is not null
                then coalesce(deals.cap_currency_code, deals.currency_code)
            else deals.currency_code
        end as stated_currency_code,
        coalesce(deals.cap_amount, deals.price_amount) as stated_amount,
        {{ correlation_id('deals', 'deal') }} as correlation_id,
        {{ source_coordinates('deals') }}
    from deals
    where deals.is_won and not deals.is_deleted

    union all

    select
        'change' as booking_type,
        changes.deal_change_id as booking_id,
        changes.amended_deal_id as deal_id,
        changes.change_name as booking_name,
        changes.effective_date as booking_date,
        changes.currency_code as stated_currency_code,
        coalesce(changes.cap_change_amount, changes.price_change_amount) as stated_amount,
        {{ correlation_id('changes', 'modification') }} as correlation_id,
        {{ source_coordinates('changes') }}
    from {{ ref('crm_deal_changes') }} as changes
    where changes.is_won and not changes.is_deleted

),

placed as (
    select
        signed.*,
        projects.project_key,
        projects.project_code,
        coalesce(projects.legal_entity_code, deals.legal_entity_code) as legal_entity_code,
        coalesce(projects.practice_code, deals.practice_code) as practice_code,
        legal_entities.currency_code,
        coalesce(
            signed.stated_currency_code, deals.currency_code, legal_entities.currency_code
        ) as booking_currency_code
    from signed
    inner join {{ ref('dim_as_of') }} as as_of
        on signed.booking_date <= as_of.as_of_date
    left join deals
        on signed.source_instance = deals.source_instance
        and signed.deal_id = deals.deal_id
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'crm'
        and signed.source_instance = crosswalk.source_instance
        and signed.deal_id = crosswalk.record_id
    left join {{ ref('dim_projects') }} as projects
        on crosswalk.project_code = projects.project_code
    left join {{ ref('dim_legal_entities') }} as legal_entities
        on coalesce(projects.legal_entity_code, deals.legal_entity_code)
        = legal_entities.legal_entity_code
)

select
    {{ entity_key('booking', [
        'placed.booking_type', 'placed.source_instance', 'placed.booking_id'
    ]) }} as booking_key,
    placed.booking_type,
    placed.booking_name,
    placed.project_key,
    placed.project_code,
    placed.legal_entity_code,
    placed.practice_code,
    placed.booking_date,
    {{ period_start('periods', 'placed.booking_date') }} as period_month,
    placed.booking_currency_code,
    cast(placed.stated_amount as decimal(18, 4)) as stated_amount,
    placed.currency_code,
    cast({{ translated(
        'placed.stated_amount', 'placed.booking_currency_code', 'placed.currency_code',
        'fx_rates.fx_rate'
    ) }} as decimal(18, 4)) as booked_amount,
    placed.correlation_id,
    {{ source_coordinates('placed') }}
from placed
{{ join_period('periods', 'placed.legal_entity_code', 'placed.booking_date') }}
{{ join_fx_rate(
    'fx_rates', 'placed.booking_currency_code', 'placed.currency_code',
    'placed.booking_date'
) }}
