-- Grain: one row per posting key: the kinds' rows at the grain that policy posts them
-- in. What periods before `posted_from` come to is one opening entry per project in the
-- first period that begins on it or later. A kind without a policy is summed per project
-- and period, and held.
with

graded as (
    select
        postings.*,
        case
            when {{ period_start('starts', 'policies.posted_from') }} = policies.posted_from
                then policies.posted_from
            else cast({{ dbt.dateadd(
                'day', 1, period_end('starts', 'policies.posted_from')
            ) }} as date)
        end as posted_from,
        case
            when postings.period_month < policies.posted_from then 'opening'
            else policies.grain
        end as grain
    from {{ ref('int_postings_stacked') }} as postings
    left join {{ ref('posting_policies') }} as policies
        on postings.kind = policies.kind
        and postings.legal_entity_code = policies.legal_entity_code
    {{ join_period('starts', 'policies.legal_entity_code', 'policies.posted_from') }}
),

placed as (
    select
        kind,
        legal_entity_code,
        project_code,
        credit_project_code,
        case when grain = 'opening' then posted_from else period_month end as posted_month,
        part,
        case when grain = 'opening' then 'opening' end as opening,
        case when grain in ('person_day', 'detail') then resource_key end as resource_key,
        case when grain in ('person_day', 'detail') then work_date end as work_date,
        case when grain = 'detail' then reference end as reference,
        currency_code,
        debit_account,
        credit_account,
        sum(desired_amount) as desired_amount,
        sum(case when desired_amount > 0 then desired_amount else 0 end) as raised_amount,
        sum(desired_minutes) as desired_minutes,
        sum(taken_hours) as taken_hours,
        sum(source_entry_count) as source_entry_count
    from graded
    group by
        kind,
        legal_entity_code,
        project_code,
        credit_project_code,
        case when grain = 'opening' then posted_from else period_month end,
        part,
        case when grain = 'opening' then 'opening' end,
        case when grain in ('person_day', 'detail') then resource_key end,
        case when grain in ('person_day', 'detail') then work_date end,
        case when grain = 'detail' then reference end,
        currency_code,
        debit_account,
        credit_account
),

-- A period that is a calendar month is named by it, any other one by its first day.
keyed as (
    select
        placed.*,
        placed.kind || '|' || coalesce(placed.legal_entity_code, '') || '|'
        || coalesce(placed.project_code, '-') || '|'
        || case
            when coalesce(periods.is_calendar_month, true)
                then substr(cast(placed.posted_month as varchar), 1, 7)
            else cast(placed.posted_month as varchar)
        end
        || coalesce('|' || placed.part, '') || coalesce('|' || placed.opening, '')
        || coalesce('|' || placed.resource_key, '')
        || coalesce('|' || cast(placed.work_date as varchar), '')
        || coalesce('|' || placed.reference, '') as posting_key
    from placed
    left join {{ ref('dim_periods') }} as periods
        on placed.legal_entity_code = periods.legal_entity_code
        and placed.posted_month = periods.period_month
)

select
    posting_key,
    kind,
    legal_entity_code,
    project_code,
    credit_project_code,
    posted_month as period_month,
    currency_code,
    debit_account,
    credit_account,
    cast(sum(desired_amount) as decimal(18, 4)) as desired_amount,
    cast(sum(raised_amount) as decimal(18, 4)) as raised_amount,
    cast(
        coalesce({{ ratio('sum(desired_minutes)', '60', 2) }}, 0) - sum(taken_hours)
        as decimal(18, 2)
    ) as desired_hours,
    cast(sum(source_entry_count) as bigint) as source_entry_count
from keyed
group by
    posting_key,
    kind,
    legal_entity_code,
    project_code,
    credit_project_code,
    posted_month,
    currency_code,
    debit_account,
    credit_account
