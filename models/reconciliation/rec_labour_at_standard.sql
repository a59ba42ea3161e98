-- Control I32. Grain: one row per worker type, grade, practice, legal entity, day the
-- rates are set on and reason, differences only: labour that costs something at actual
-- cost and nothing by standard. Where it is the other way round (pay is not known yet),
-- standard cost says more and nothing is wrong; what costs nothing at either is the same.
-- A firm without the rates of exchange it needs is shown no amount of labour.
with

lacking as (
    select labour.*
    from {{ ref('int_labour_without_cost') }} as labour
    left join {{ ref('int_actual_labour_without_cost') }} as actual
        on labour.labour_key = actual.labour_key
    where
        actual.labour_key is null
        and exists (
            select 1 from {{ ref('dim_prerequisites') }} as prerequisites
            where
                prerequisites.prerequisite = 'exchange_rates'
                and prerequisites.is_met
        )
),

described as (
    select
        lacking.*,
        coalesce(resources.worker_type, 'employee') as worker_type,
        coalesce(assignments.grade_code, '') as grade_code,
        coalesce(assignments.practice_code, '') as practice_code,
        coalesce(assignments.legal_entity_code, '') as legal_entity_code,
        years.set_on,
        assignments.resource_key is null as is_unassigned
    from lacking
    left join {{ ref('dim_resources') }} as resources
        on lacking.resource_key = resources.resource_key
    left join {{ ref('dim_resource_assignments') }} as assignments
        on lacking.resource_key = assignments.resource_key
        and lacking.work_date >= assignments.valid_from
        and lacking.work_date < assignments.valid_to
    left join {{ ref('int_standard_years') }} as years
        on lacking.work_date >= years.valid_from
        and lacking.work_date < years.valid_to
),

reasoned as (
    select
        described.*,
        case
            when described.is_unassigned then 'no_assignment'
            when coalesce(rates.standard_rate, 0) = 0 then 'no_standard_rate'
            else 'no_burden_or_exchange_rate'
        end as reason
    from described
    left join {{ ref('dim_standard_rates') }} as rates
        on described.worker_type = rates.worker_type
        and described.grade_code = rates.grade_code
        and described.practice_code = rates.practice_code
        and described.legal_entity_code = rates.legal_entity_code
        and described.work_date >= rates.valid_from
        and described.work_date < rates.valid_to
)

select
    cast('I32' as varchar) as control_id,
    reasoned.worker_type || '|' || reasoned.grade_code || '|' || reasoned.practice_code
    || '|' || reasoned.legal_entity_code || '|'
    || coalesce(cast(reasoned.set_on as varchar), '') || '|' || reasoned.reason
        as difference_key,
    reasoned.legal_entity_code,
    reasoned.worker_type,
    reasoned.grade_code,
    reasoned.practice_code,
    reasoned.set_on,
    min(reasoned.work_date) as first_date,
    count(distinct reasoned.resource_key) as people_count,
    cast({{ ratio('sum(reasoned.minutes)', '60', 4) }} as decimal(18, 4)) as labour_hours,
    'missing_at_standard' as match_status,
    reasoned.reason,
    policies.owner
from reasoned
left join {{ ref('control_policies') }} as policies
    on policies.control_id = 'I32'
group by
    reasoned.worker_type,
    reasoned.grade_code,
    reasoned.practice_code,
    reasoned.legal_entity_code,
    reasoned.set_on,
    reasoned.reason,
    policies.owner
