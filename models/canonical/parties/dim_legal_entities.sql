-- Grain: one row per legal entity, as the ERP that keeps its books states it: the one that
-- policy names, else the only one that states its code. Where that leaves none, or more
-- than one, its books are nowhere until policy names one (control I25). A company without
-- a code only consolidates others and keeps no projects. Where there is no ERP, policy
-- states the entities; where that says no country, policy does.
with

companies as (

    select
        source_instance,
        entity_id,
        legal_entity_code,
        entity_name,
        country_code,
        currency_code,
        source_system,
        source_id,
        source_version
    from {{ ref('erp_entities') }}
    where legal_entity_code is not null and not is_deleted

    union all

    select
        cast(null as varchar) as source_instance,
        cast(null as varchar) as entity_id,
        legal_entity_code,
        legal_entity_code as entity_name,
        country_code,
        currency_code,
        cast(null as varchar) as source_system,
        cast(null as varchar) as source_id,
        cast(null as bigint) as source_version
    from {{ ref('legal_entity_policies') }}
    where not {{ has_role('erp') }}

),

stated as (
    select
        companies.source_instance,
        companies.entity_id,
        companies.legal_entity_code,
        companies.entity_name,
        coalesce(companies.country_code, policies.country_code) as country_code,
        companies.currency_code,
        companies.source_system,
        companies.source_id,
        companies.source_version,
        policies.region,
        policies.balance_basis,
        policies.fiscal_calendar,
        policies.fiscal_year_begins,
        policies.annual_standard_hours,
        policies.is_unbilled_monetary,
        coalesce(policies.erp_instance, companies.source_instance)
        = companies.source_instance as may_keep_books
    from companies
    left join {{ ref('legal_entity_policies') }} as policies
        on companies.legal_entity_code = policies.legal_entity_code
),

counted as (
    select
        *,
        sum(case when may_keep_books then 1 else 0 end)
            over (partition by legal_entity_code) as keepers,
        row_number() over (
            partition by legal_entity_code
            order by may_keep_books desc, source_instance asc, entity_id asc
        ) as preference
    from stated
),

dimensioned as (
    select distinct source_instance
    from {{ ref('erp_dimensions') }}
    where not is_deleted
)

select
    {{ entity_key('legal_entity', ['entities.legal_entity_code']) }} as legal_entity_key,
    entities.legal_entity_code,
    case when entities.keepers = 1 then entities.source_instance end as erp_instance,
    case when entities.keepers = 1 then entities.entity_id end as erp_subsidiary_id,
    entities.entity_name as legal_entity_name,
    entities.country_code,
    entities.currency_code,
    entities.region,
    entities.balance_basis,
    coalesce(entities.fiscal_calendar, 'calendar_months') as fiscal_calendar,
    coalesce(entities.fiscal_year_begins, date '2000-01-01') as fiscal_year_begins,
    entities.annual_standard_hours,
    coalesce(entities.is_unbilled_monetary, false) as is_unbilled_monetary,
    dimensioned.source_instance is not null as has_dimensions,
    {{ source_coordinates('entities') }}
from counted as entities
left join dimensioned on entities.source_instance = dimensioned.source_instance
where entities.preference = 1
