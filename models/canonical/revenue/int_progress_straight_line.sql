-- Grain: one row per obligation measured by time and month: what of the service is over by
-- the month's end (the as-of date in the current month) of all of it, first and last day
-- included; in months, those served in part being half a one, or in days, by policy. Where a
-- prospective modification holds from a day of the month on, what was over on its eve too: of
-- the service as it was until then, and as it is from then on.
with

months as (
    select
        terms.*,
        case
            when terms.segment_month = terms.period_month
                then cast({{ dbt.dateadd('day', -1, 'terms.segment_date') }} as date)
        end as eve_date,
        lag(terms.service_end_date, 1, obligations.service_end_date) over (
            partition by terms.obligation_key order by terms.period_month nulls last
        ) as eve_service_end_date,
        lag(terms.price_amount, 1, obligations.price_amount) over (
            partition by terms.obligation_key order by terms.period_month nulls last
        ) as eve_price_amount
    from {{ ref('int_obligation_months') }} as terms
    left join {{ ref('dim_obligations') }} as obligations
        on terms.obligation_key = obligations.obligation_key
    where
        terms.revenue_method = 'straight_line'
        and terms.service_start_date is not null
        and terms.service_end_date is not null
)

select
    obligation_key,
    period_month,
    {{ service_over(
        'straight_line_basis', 'service_start_date', 'service_end_date', 'measured_to_date'
    ) }} as done_quantity,
    {{ service_over(
        'straight_line_basis', 'service_start_date', 'service_end_date', 'service_end_date'
    ) }} as total_quantity,
    case when eve_date is not null then eve_price_amount end as eve_price_amount,
    case
        when eve_date is not null
            then {{ service_over(
                'straight_line_basis', 'service_start_date', 'eve_service_end_date', 'eve_date'
            ) }}
    end as eve_done_quantity,
    case
        when eve_date is not null
            then {{ service_over(
                'straight_line_basis', 'service_start_date', 'eve_service_end_date',
                'eve_service_end_date'
            ) }}
    end as eve_total_quantity,
    case
        when eve_date is not null
            then {{ service_over(
                'straight_line_basis', 'service_start_date', 'service_end_date', 'eve_date'
            ) }}
    end as base_done_quantity
from months
