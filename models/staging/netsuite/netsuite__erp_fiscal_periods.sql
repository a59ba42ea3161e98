-- Grain: one row per NetSuite accounting period that takes postings: its quarters and
-- years, which are periods too, do not.
select
    periods.period_id,
    periods.start_date,
    periods.end_date,
    periods.closed_on as closed_date,
    periods.period_name,
    periods.is_closed,
    {{ role_lineage('periods') }}
from {{ ref('stg_netsuite__accounting_periods') }} as periods
where periods.is_posting
