-- Grain: one row per project and PSA with a rate card for it: the one card that prices its
-- hours at standard. The card that the PSA sets on the project counts, else the one that
-- policy names for the project, its customer, its legal entity; else the only one of the
-- contract's currency that is nobody else's. Where two are as near, none is chosen.
with

projects as (
    select
        projects.project_key,
        projects.project_code,
        projects.legal_entity_code,
        projects.contract_currency_code,
        customers.customer_number
    from {{ ref('dim_projects') }} as projects
    left join {{ ref('dim_customers') }} as customers
        on projects.customer_key = customers.customer_key
),

cards as (
    select distinct
        source_instance,
        rate_card_id,
        rate_card_name,
        currency_code
    from {{ ref('dim_bill_rates') }}
),

stated as (
    select
        crosswalk.project_code,
        psa_projects.source_instance,
        psa_projects.rate_card_id
    from {{ ref('psa_projects') }} as psa_projects
    inner join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and psa_projects.source_instance = crosswalk.source_instance
        and psa_projects.project_id = crosswalk.record_id
    where psa_projects.rate_card_id is not null and not psa_projects.is_deleted
),

policies as (select * from {{ ref('rate_card_policies') }}),

claimed as (

    select
        source_instance,
        rate_card_id
    from stated

    union distinct

    select
        cards.source_instance,
        cards.rate_card_id
    from cards
    inner join policies on cards.rate_card_name = policies.rate_card_name

),

candidates as (

    select
        projects.project_key,
        stated.source_instance,
        stated.rate_card_id,
        1 as nearness,
        'project' as chosen_for
    from stated
    inner join projects on stated.project_code = projects.project_code

    union all

    select
        projects.project_key,
        cards.source_instance,
        cards.rate_card_id,
        case
            when policies.project_code != '*' then 2
            when policies.customer_number != '*' then 3
            else 4
        end as nearness,
        case
            when policies.project_code != '*' then 'project'
            when policies.customer_number != '*' then 'customer'
            else 'legal_entity'
        end as chosen_for
    from policies
    inner join projects
        on upper(policies.project_code) in ('*', projects.project_code)
        and upper(policies.customer_number) in ('*', projects.customer_number)
        and policies.legal_entity_code in ('*', projects.legal_entity_code)
    inner join cards
        on policies.rate_card_name = cards.rate_card_name
        and projects.contract_currency_code = cards.currency_code

    union all

    select
        projects.project_key,
        cards.source_instance,
        cards.rate_card_id,
        5 as nearness,
        'anybody' as chosen_for
    from projects
    inner join cards on projects.contract_currency_code = cards.currency_code
    left join claimed
        on cards.source_instance = claimed.source_instance
        and cards.rate_card_id = claimed.rate_card_id
    where claimed.rate_card_id is null

),

nearest as (
    select
        *,
        min(nearness) over (partition by project_key, source_instance) as least_nearness
    from candidates
)

select
    project_key,
    source_instance,
    case when count(distinct rate_card_id) = 1 then min(rate_card_id) end as rate_card_id,
    cast(min(chosen_for) as varchar) as chosen_for,
    cast(count(distinct rate_card_id) as integer) as cards_count
from nearest
where nearness = least_nearness
group by project_key, source_instance
