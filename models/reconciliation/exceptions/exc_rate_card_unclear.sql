-- Grain: one row per project and PSA with time or plans for which several rate cards are as
-- near: its hours have no standard price until the PSA or policy says which card counts.
with

worked as (
    select
        project_key,
        source_instance,
        min(work_date) as first_date,
        max(period_month) as period_month,
        sum(contract_recorded_amount) as recorded_amount
    from {{ ref('int_time_priced') }}
    group by project_key, source_instance
)

select
    cast('rate_card_unclear' as varchar) as kind,
    cast(
        'For ' || projects.project_code || ' ' || cast(rate_cards.cards_count as varchar)
        || ' rate cards in ' || projects.contract_currency_code
        || ' are as near; none prices its hours at standard' as varchar
    ) as reason,
    psa_projects.source_system,
    psa_projects.source_instance,
    psa_projects.source_id,
    projects.legal_entity_code,
    rate_cards.project_key,
    worked.period_month,
    cast(worked.recorded_amount as decimal(18, 4)) as amount,
    projects.contract_currency_code as currency_code,
    worked.first_date as since
from {{ ref('dim_project_rate_cards') }} as rate_cards
inner join worked
    on rate_cards.project_key = worked.project_key
    and rate_cards.source_instance = worked.source_instance
inner join {{ ref('dim_projects') }} as projects
    on rate_cards.project_key = projects.project_key
    and projects.contract_type != 'non_billable'
inner join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'psa'
    and rate_cards.source_instance = crosswalk.source_instance
    and projects.project_code = crosswalk.project_code
inner join {{ ref('psa_projects') }} as psa_projects
    on crosswalk.source_instance = psa_projects.source_instance
    and crosswalk.record_id = psa_projects.project_id
where rate_cards.rate_card_id is null
