-- Grain: one row per project code that a spend system states or stated, and legal entity where it
-- depends on that: which project it is. A code that two PSAs claim is the project that one
-- of them has for the entity which bears the spending; where that tells nothing it is none,
-- until an override of the spend system's code says which.
with

stated as (

    select
        source_system,
        source_instance,
        nullif(upper(trim(project_code)), '') as stated_project_code
    from {{ ref('spend_expense_lines') }}
    where not is_deleted

    union distinct

    select
        source_system,
        source_instance,
        nullif(upper(trim(project_code)), '') as stated_project_code
    from {{ ref('spend_expense_line_versions') }}
    where not is_deleted

    union distinct

    select
        source_system,
        source_instance,
        nullif(upper(trim(project_code)), '') as stated_project_code
    from {{ ref('spend_purchase_order_lines') }}

),

claims as (select * from {{ ref('int_project_codes_claimed') }}),

contested as (
    select project_code
    from claims
    where nth = 2
),

claims_of_entities as (
    select
        claims.project_code,
        claims.legal_entity_code,
        case
            when min(claims.nth) = 1 then claims.project_code
            else min(claims.source_instance) || ':' || claims.project_code
        end as own_project_code
    from claims
    inner join contested on claims.project_code = contested.project_code
    where claims.legal_entity_code is not null
    group by claims.project_code, claims.legal_entity_code
    having count(*) = 1
),

-- Blank is an entity that nobody knows.
entities as (
    select legal_entity_code from {{ ref('dim_legal_entities') }}
    union distinct
    select '' as legal_entity_code
),

coded as (
    select
        stated.source_instance,
        stated.stated_project_code,
        entities.legal_entity_code,
        case
            when overrides.canonical_id is not null then overrides.canonical_id
            when contested.project_code is null then stated.stated_project_code
            else claims_of_entities.own_project_code
        end as project_code,
        contested.project_code is not null and overrides.canonical_id is null
            as is_contested
    from stated
    left join {{ ref('crosswalk_overrides') }} as overrides
        on overrides.entity_type = 'project'
        and stated.source_system = overrides.source_system
        and stated.source_instance = overrides.source_instance
        and stated.stated_project_code = upper(trim(overrides.source_id))
    left join contested on stated.stated_project_code = contested.project_code
    left join entities
        on contested.project_code is not null
        and overrides.canonical_id is null
    left join claims_of_entities
        on contested.project_code = claims_of_entities.project_code
        and upper(entities.legal_entity_code) = claims_of_entities.legal_entity_code
    where stated.stated_project_code is not null
)

select
    coded.source_instance,
    coded.stated_project_code,
    coded.legal_entity_code,
    projects.project_key,
    projects.project_code,
    coded.is_contested
from coded
left join {{ ref('dim_projects') }} as projects
    on coded.project_code = projects.project_code
