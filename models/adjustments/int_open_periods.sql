-- Grain: one row per legal entity and month: the period that takes a posting which
-- belongs to it now. An open one takes its own, a closed one leaves it to the first
-- period after it that is open; null where there is none. Nothing is posted to an
-- adjustment period: the ERP finds the period by the date, and that is another one's.
select
    periods.legal_entity_code,
    periods.period_month,
    min(periods.period_id) as period_id,
    bool_or(periods.is_closed) as is_closed,
    max(periods.end_date) as end_date,
    min(takers.period_month) as taker_month,
    min(takers.end_date) as taker_end_date
from {{ ref('dim_fiscal_periods') }} as periods
left join {{ ref('dim_fiscal_periods') }} as takers
    on periods.legal_entity_code = takers.legal_entity_code
    and periods.period_month <= takers.period_month
    and not takers.is_closed
    and not takers.is_adjustment
where not periods.is_adjustment
group by periods.legal_entity_code, periods.period_month
