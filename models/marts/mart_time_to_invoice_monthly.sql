-- Grain: one row per level, code and month of the invoice, the firm as a whole among the
-- levels: the median days, weighted by value, from work to invoice and of its two parts.
with

-- The firm and its practices are counted by the group's months.
items as (
    select
        invoiced.*,
        coalesce(periods.group_month, invoiced.period_month) as group_month
    from {{ ref('fct_time_to_invoice') }} as invoiced
    left join {{ ref('dim_periods') }} as periods
        on invoiced.legal_entity_code = periods.legal_entity_code
        and invoiced.period_month = periods.period_month
),

levelled as (

    select
        'firm' as level_name,
        'firm' as level_code,
        group_month as period_month,
        invoicing_days,
        approval_days,
        billing_days,
        reporting_value_amount
    from items

    union all

    select
        'legal_entity' as level_name,
        legal_entity_code as level_code,
        period_month,
        invoicing_days,
        approval_days,
        billing_days,
        reporting_value_amount
    from items

    union all

    select
        'practice' as level_name,
        practice_code as level_code,
        group_month as period_month,
        invoicing_days,
        approval_days,
        billing_days,
        reporting_value_amount
    from items

    union all

    select
        'project' as level_name,
        project_code as level_code,
        period_month,
        invoicing_days,
        approval_days,
        billing_days,
        reporting_value_amount
    from items

),

known as (
    select * from levelled
    where level_code is not null and reporting_value_amount > 0
),

stages as (
    select
        'invoicing' as stage_name,
        invoicing_days as waited_days,
        *
    from known

    union all

    select
        'approval' as stage_name,
        approval_days as waited_days,
        *
    from known

    union all

    select
        'billing' as stage_name,
        billing_days as waited_days,
        *
    from known
),

medians as (
    {{ weighted_median(
        'stages', key=['level_name', 'level_code', 'period_month', 'stage_name'],
        value='waited_days', weight='reporting_value_amount'
    ) }}
),

pivoted as (
    select
        level_name,
        level_code,
        period_month,
        max(case when stage_name = 'invoicing' then median_value end) as invoicing_days,
        max(case when stage_name = 'approval' then median_value end) as approval_days,
        max(case when stage_name = 'billing' then median_value end) as billing_days
    from medians
    group by level_name, level_code, period_month
),

totals as (
    select
        level_name,
        level_code,
        period_month,
        cast(count(*) as integer) as items_count,
        sum(reporting_value_amount) as value_amount
    from known
    group by level_name, level_code, period_month
)

select
    totals.level_name,
    totals.level_code,
    case totals.level_name
        when 'project' then projects.project_name
        when 'practice' then practices.practice_name
        when 'legal_entity' then legal_entities.legal_entity_name
    end as display_name,
    totals.period_month,
    totals.items_count,
    cast({{ reporting_currency() }} as varchar) as currency_code,
    cast(totals.value_amount as decimal(18, 4)) as value_amount,
    pivoted.invoicing_days,
    pivoted.approval_days,
    pivoted.billing_days
from totals
inner join pivoted
    on totals.level_name = pivoted.level_name
    and totals.level_code = pivoted.level_code
    and totals.period_month = pivoted.period_month
left join {{ ref('dim_projects') }} as projects
    on totals.level_code = projects.project_code
left join {{ ref('practices') }} as practices
    on totals.level_code = practices.practice_code
left join {{ ref('dim_legal_entities') }} as legal_entities
    on totals.level_code = legal_entities.legal_entity_code
