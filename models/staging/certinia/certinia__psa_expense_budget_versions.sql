-- Grain: one row per project and moment at which one of its internal budgets was landed: what
-- those that count planned for expenses then. In several currencies it cannot be read.
with

stated as (
    select * from {{ ref('stg_certinia__budget_versions') }}
    where budget_type like 'Internal Budget%'
),

moments as (
    select
        source_instance,
        project_id,
        landed_at,
        row_number() over (
            partition by source_instance, project_id order by landed_at nulls last
        ) as source_version
    from (
        select distinct
            source_instance,
            project_id,
            landed_at
        from stated
    ) as landed
),

seen as (
    select
        moments.source_instance,
        moments.project_id,
        moments.source_version,
        moments.landed_at as moment,
        stated.budget_id,
        stated.source_system,
        stated.currency_code,
        stated.expense_amount,
        stated.source_version as budget_version,
        stated.source_updated_at,
        stated.is_in_financials
        and stated.expense_amount is not null
        and not stated.is_deleted as counts
    from moments
    inner join stated
        on moments.source_instance = stated.source_instance
        and moments.project_id = stated.project_id
        and moments.landed_at >= stated.landed_at
),

known as (
    {{ first_of_each(
        'seen', key=['source_instance', 'project_id', 'moment', 'budget_id'],
        order=['budget_version desc nulls last']
    ) }}
)

select
    project_id,
    cast(
        case
            when count(distinct case when counts then coalesce(currency_code, '') end) <= 1
                then sum(case when counts then expense_amount end)
        end as decimal(18, 4)
    ) as expense_budget_amount,
    max(case when counts then currency_code end) as expense_budget_currency_code,
    source_system,
    source_instance,
    project_id as source_id,
    source_version,
    not bool_or(coalesce(counts, false)) as is_deleted,
    max(source_updated_at) as source_updated_at,
    moment as landed_at
from known
group by source_system, source_instance, project_id, source_version, moment
