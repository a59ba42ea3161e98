-- Grain: one row per obligation and month of its project: the terms in force at its end.
-- A prospective modification begins a new segment of the contract on its day.
with

months as (
    select
        obligations.obligation_key,
        months.project_key,
        months.project_code,
        months.period_month,
        months.measured_to_date
    from {{ ref('int_project_months') }} as months
    inner join {{ ref('dim_obligations') }} as obligations
        on months.project_key = obligations.project_key
),

modifications as (select * from {{ ref('fct_contract_modifications') }}),

changed as (
    select
        months.obligation_key,
        months.period_month,
        sum(modifications.price_change_amount) as price_change_amount,
        max(
            case
                when modifications.treatment = 'prospective' then modifications.effective_date
            end
        ) as segment_date
    from months
    inner join modifications
        on months.obligation_key = modifications.obligation_key
        and months.measured_to_date >= modifications.effective_date
    group by months.obligation_key, months.period_month
),

-- A change of the cap is one for all obligations, whichever it names.
cap_changes as (
    select
        months.obligation_key,
        months.period_month,
        sum(modifications.cap_change_amount) as cap_change_amount
    from months
    inner join modifications
        on months.project_key = modifications.project_key
        and months.measured_to_date >= modifications.effective_date
    where modifications.cap_change_amount != 0
    group by months.obligation_key, months.period_month
),

ends as (
    select
        months.obligation_key,
        months.period_month,
        max_by(
            modifications.service_end_date,
            cast(modifications.effective_date as varchar) || modifications.source_id || ' '
            || modifications.source_instance
        ) as service_end_date
    from months
    inner join modifications
        on months.obligation_key = modifications.obligation_key
        and months.measured_to_date >= modifications.effective_date
    where modifications.service_end_date is not null
    group by months.obligation_key, months.period_month
)

select
    months.obligation_key,
    months.project_key,
    months.project_code,
    months.period_month,
    months.measured_to_date,
    obligations.service_start_date,
    coalesce(ends.service_end_date, obligations.service_end_date) as service_end_date,
    changed.segment_date,
    obligations.legal_entity_code,
    obligations.revenue_method,
    obligations.straight_line_basis,
    obligations.contract_currency_code,
    obligations.currency_code,
    obligations.included_minutes,
    obligations.fee_rate,
    cast(
        obligations.price_amount + coalesce(changed.price_change_amount, 0)
        as decimal(18, 4)
    ) as price_amount,
    cast(
        obligations.cap_amount + coalesce(cap_changes.cap_change_amount, 0) as decimal(18, 4)
    ) as stated_cap_amount,
    obligations.cap_currency_code,
    cast({{ translated(
        '(obligations.cap_amount + coalesce(cap_changes.cap_change_amount, 0))',
        'obligations.cap_currency_code', 'obligations.contract_currency_code',
        'cap_fx.fx_rate'
    ) }} as decimal(18, 4)) as cap_amount,
    obligations.cap_obligation_key,
    obligations.fee_ceiling_amount,
    obligations.is_first
from months
inner join {{ ref('dim_obligations') }} as obligations
    on months.obligation_key = obligations.obligation_key
left join changed
    on months.obligation_key = changed.obligation_key
    and months.period_month = changed.period_month
left join cap_changes
    on months.obligation_key = cap_changes.obligation_key
    and months.period_month = cap_changes.period_month
left join ends
    on months.obligation_key = ends.obligation_key
    and months.period_month = ends.period_month
{{ join_fx_rate(
    'cap_fx', 'obligations.cap_currency_code', 'obligations.contract_currency_code',
    'months.measured_to_date'
) }}
