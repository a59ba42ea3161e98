-- Grain: one row per year and person paid on the day the year's standard rates are set.
-- What an hour costs is the rate of pay then, or the mean of a contractor's open orders,
-- in reporting currency.
with

years as (select * from {{ ref('int_standard_years') }}),

rates as (

    select
        years.valid_from,
        years.set_on,
        pay_rates.resource_key,
        pay_rates.currency_code,
        pay_rates.cost_rate as hourly_rate
    from years
    inner join {{ ref('dim_pay_rates') }} as pay_rates
        on years.set_on >= pay_rates.valid_from
        and years.set_on < pay_rates.valid_to

    union all

    select
        years.valid_from,
        years.set_on,
        commitments.resource_key,
        commitments.currency_code,
        commitments.hourly_rate
    from years
    inner join {{ ref('fct_purchase_commitments') }} as commitments
        on years.set_on >= commitments.ordered_date
        and years.set_on <= coalesce(commitments.closed_date, date '9999-12-31')
    where
        commitments.hourly_rate is not null
        and commitments.resource_key is not null
        and not commitments.is_deleted

),

reported as (
    select
        rates.*,
        {{ reporting_currency() }} as reporting_currency_code
    from rates
),

translated as (
    select
        reported.valid_from,
        reported.set_on,
        reported.resource_key,
        {{ translated(
            'reported.hourly_rate', 'reported.currency_code',
            'reported.reporting_currency_code', 'fx_rates.fx_rate'
        ) }} as hourly_rate
    from reported
    {{ join_fx_rate(
        'fx_rates', 'reported.currency_code', 'reported.reporting_currency_code',
        'reported.set_on'
    ) }}
),

means as (
    select
        valid_from,
        set_on,
        resource_key,
        {{ ratio('sum(hourly_rate)', 'count(hourly_rate)', 6) }} as hourly_rate
    from translated
    group by valid_from, set_on, resource_key
)

select
    means.valid_from,
    means.set_on,
    means.resource_key,
    coalesce(resources.worker_type, 'employee') as worker_type,
    coalesce(assignments.grade_code, '') as grade_code,
    coalesce(assignments.practice_code, '') as practice_code,
    coalesce(assignments.legal_entity_code, '') as legal_entity_code,
    cast(means.hourly_rate as decimal(18, 6)) as hourly_rate
from means
inner join {{ ref('dim_resources') }} as resources
    on means.resource_key = resources.resource_key
inner join {{ ref('dim_resource_assignments') }} as assignments
    on means.resource_key = assignments.resource_key
    and means.set_on >= assignments.valid_from
    and means.set_on < assignments.valid_to
where
    means.hourly_rate is not null
    and coalesce(resources.hire_date <= means.set_on, true)
    and coalesce(resources.termination_date >= means.set_on, true)
