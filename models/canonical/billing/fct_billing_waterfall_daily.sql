-- Grain: one row per obligation and day of the work, as known on the as-of date: what
-- becomes of its standard value. Each loss is translated at the rate of the day and
-- rounded once, and each step is the next one and the loss between them, so that they add
-- up from standard to collected. What is not invoiced is overdue from the days of grace of
-- the contract type on.
with

delivered as (
    select
        obligation_key,
        project_key,
        project_code,
        legal_entity_code,
        value_date,
        contract_type,
        contract_currency_code,
        currency_code,
        sum(standard_amount) as standard_amount,
        sum(recorded_amount) as recorded_amount,
        sum(approved_amount) as approved_amount,
        sum(chargeable_amount) as chargeable_amount,
        sum(within_cap_amount) as within_cap_amount
    from {{ ref('fct_delivered_values') }}
    group by
        obligation_key,
        project_key,
        project_code,
        legal_entity_code,
        value_date,
        contract_type,
        contract_currency_code,
        currency_code
),

invoiced as (
    select
        obligation_key,
        value_date,
        sum(gross_amount) as gross_amount,
        sum(write_down_amount) as write_down_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(collected_amount) as collected_amount,
        sum(bad_debt_amount) as bad_debt_amount
    from {{ ref('fct_invoiced_values') }}
    where value_date is not null
    group by obligation_key, value_date
),

lost as (
    select
        delivered.*,
        delivered.standard_amount - delivered.recorded_amount as discount_amount,
        delivered.recorded_amount - delivered.approved_amount as unapproved_amount,
        delivered.approved_amount - delivered.chargeable_amount as unchargeable_amount,
        delivered.chargeable_amount - delivered.within_cap_amount as above_cap_amount,
        delivered.within_cap_amount - coalesce(invoiced.gross_amount, 0) as unbilled_amount,
        coalesce(invoiced.write_down_amount, 0) as write_down_amount,
        coalesce(invoiced.invoiced_amount - invoiced.collected_amount, 0)
            as uncollected_amount,
        coalesce(invoiced.collected_amount, 0) as collected_amount,
        coalesce(invoiced.bad_debt_amount, 0) as bad_debt_amount,
        {{ dbt.datediff('delivered.value_date', 'as_of.as_of_date', 'day') }}
        >= policies.grace_days as is_overdue
    from delivered
    cross join {{ ref('dim_as_of') }} as as_of
    left join invoiced
        on delivered.obligation_key = invoiced.obligation_key
        and delivered.value_date = invoiced.value_date
    left join {{ ref('billing_policies') }} as policies
        on delivered.contract_type = policies.contract_type
),

in_functional_currency as (
    select
        lost.obligation_key,
        lost.project_key,
        lost.project_code,
        lost.legal_entity_code,
        lost.value_date,
        lost.currency_code,
        coalesce(lost.is_overdue, false) as is_overdue,
        {{ each_translated(
            [
                'discount', 'unapproved', 'unchargeable', 'above_cap', 'unbilled',
                'write_down', 'uncollected', 'collected', 'bad_debt',
            ], 'lost', 'lost.contract_currency_code', 'fx_rates.fx_rate'
        ) }}
    from lost
    {{ join_fx_rate(
        'fx_rates', 'lost.contract_currency_code', 'lost.currency_code', 'lost.value_date'
    ) }}
),

up_to_cap as (
    select
        *,
        collected_amount + uncollected_amount as invoiced_amount,
        collected_amount + uncollected_amount + write_down_amount + unbilled_amount
            as within_cap_amount
    from in_functional_currency
),

up_to_approval as (
    select
        *,
        within_cap_amount + above_cap_amount as chargeable_amount,
        within_cap_amount + above_cap_amount + unchargeable_amount as approved_amount
    from up_to_cap
)

select
    up_to_approval.obligation_key,
    up_to_approval.project_key,
    up_to_approval.project_code,
    up_to_approval.value_date,
    {{ period_start('periods', 'value_date') }} as period_month,
    up_to_approval.currency_code,
    cast(
        approved_amount + unapproved_amount + discount_amount as decimal(18, 4)
    ) as standard_amount,
    cast(up_to_approval.discount_amount as decimal(18, 4)) as discount_amount,
    cast(approved_amount + unapproved_amount as decimal(18, 4)) as recorded_amount,
    cast(up_to_approval.unapproved_amount as decimal(18, 4)) as unapproved_amount,
    cast(up_to_approval.approved_amount as decimal(18, 4)) as approved_amount,
    cast(up_to_approval.unchargeable_amount as decimal(18, 4)) as unchargeable_amount,
    cast(up_to_approval.chargeable_amount as decimal(18, 4)) as chargeable_amount,
    cast(up_to_approval.above_cap_amount as decimal(18, 4)) as above_cap_amount,
    cast(up_to_approval.within_cap_amount as decimal(18, 4)) as within_cap_amount,
    cast(up_to_approval.unbilled_amount as decimal(18, 4)) as unbilled_amount,
    cast(up_to_approval.write_down_amount as decimal(18, 4)) as write_down_amount,
    cast(up_to_approval.invoiced_amount as decimal(18, 4)) as invoiced_amount,
    cast(up_to_approval.uncollected_amount as decimal(18, 4)) as uncollected_amount,
    cast(up_to_approval.collected_amount as decimal(18, 4)) as collected_amount,
    cast(up_to_approval.bad_debt_amount as decimal(18, 4)) as bad_debt_amount,
    cast(case when up_to_approval.is_overdue then unbilled_amount else 0 end as decimal(18, 4))
        as overdue_amount
from up_to_approval
{{ join_period(
    'periods', 'up_to_approval.legal_entity_code', 'up_to_approval.value_date'
) }}
