-- Grain: one row per ledger and period of its calendar. It takes postings where it is open
-- and the general ledger is not closed in it; a status that is not known takes none. On
-- which day it was closed Dynamics does not say, nor are there quarters. A fiscal year is
-- from its first period to its last.
with

periods as (
    select
        *,
        min(case when not is_deleted then start_date end) over whole_year as year_start_date,
        max(case when not is_deleted then end_date end) over whole_year as year_end_date
    from {{ ref('stg_dynamics365__fiscal_periods') }}
    window whole_year as (partition by source_instance, fiscal_calendar, fiscal_year)
)

select
    ledger_periods.source_id as period_id,
    ledger_periods.company_id as entity_id,
    periods.start_date,
    periods.end_date,
    cast(null as date) as closed_date,
    ledger_periods.period_name,
    cast(null as date) as quarter_start_date,
    periods.year_start_date as fiscal_year_start_date,
    periods.year_end_date as fiscal_year_end_date,
    coalesce(ledger_periods.period_status, '') != 'Open'
    or coalesce(ledger_periods.ledger_access_level, '') = 'None' as is_closed,
    coalesce(periods.period_type, '') in ('Opening', 'Closing') as is_adjustment,
    {{ role_lineage('ledger_periods') }}
from {{ ref('stg_dynamics365__ledger_periods') }} as ledger_periods
left join periods
    on ledger_periods.source_instance = periods.source_instance
    and ledger_periods.fiscal_calendar = periods.fiscal_calendar
    and ledger_periods.fiscal_year = periods.fiscal_year
    and ledger_periods.period_name = periods.period_name
