-- Grain: one row per obligation and day on which a prospective modification begins to hold,
-- which ends one segment of the contract and begins another: what had been promised until its
-- eve, and until when the service ran by what was agreed before and is since.
with

changes as (
    select
        *,
        cast(effective_date as varchar) || source_id || ' ' || source_instance
            as order_of_change
    from {{ ref('fct_contract_modifications') }}
    where obligation_key is not null
),

begun as (
    select distinct
        changes.obligation_key,
        changes.effective_date as segment_date,
        cast({{ dbt.dateadd('day', -1, 'changes.effective_date') }} as date) as eve_date
    from changes
    inner join {{ ref('dim_as_of') }} as as_of
        on changes.effective_date <= as_of.as_of_date
    where changes.treatment = 'prospective'
),

placed as (
    select
        begun.*,
        obligations.revenue_method,
        obligations.straight_line_basis,
        obligations.service_start_date,
        obligations.service_end_date,
        obligations.price_amount,
        {{ period_start('periods', 'begun.segment_date') }} as period_month
    from begun
    inner join {{ ref('dim_obligations') }} as obligations
        on begun.obligation_key = obligations.obligation_key
    {{ join_period('periods', 'obligations.legal_entity_code', 'begun.segment_date') }}
),

changed as (
    select
        placed.obligation_key,
        placed.segment_date,
        sum(
            case
                when changes.effective_date <= placed.eve_date
                    then changes.price_change_amount
                else 0
            end
        ) as changed_amount,
        sum(
            case
                when
                    changes.effective_date <= placed.eve_date
                    and changes.effective_date >= placed.period_month
                    then changes.price_change_amount
                else 0
            end
        ) as changed_in_month_amount,
        max_by(
            changes.service_end_date,
            case
                when
                    changes.service_end_date is not null
                    and changes.effective_date <= placed.eve_date
                    then changes.order_of_change
            end
        ) as eve_service_end_date,
        max_by(
            changes.service_end_date,
            case when changes.service_end_date is not null then changes.order_of_change end
        ) as service_end_date
    from placed
    inner join changes
        on placed.obligation_key = changes.obligation_key
        and placed.segment_date >= changes.effective_date
    group by placed.obligation_key, placed.segment_date
)

select
    placed.obligation_key,
    placed.segment_date,
    placed.eve_date,
    placed.period_month,
    placed.revenue_method,
    placed.straight_line_basis,
    placed.service_start_date,
    coalesce(changed.eve_service_end_date, placed.service_end_date) as eve_service_end_date,
    coalesce(changed.service_end_date, placed.service_end_date) as service_end_date,
    cast(placed.price_amount + changed.changed_amount as decimal(18, 4)) as eve_price_amount,
    cast(changed.changed_in_month_amount as decimal(18, 4)) as changed_in_month_amount
from placed
inner join changed
    on placed.obligation_key = changed.obligation_key
    and placed.segment_date = changed.segment_date
