-- Grain: one row per NetSuite accounting period that takes postings: its quarters and
-- years, which are periods too, do not. Its parent is the quarter or the year it is in.
select
    periods.period_id,
    cast(null as varchar) as entity_id,
    periods.start_date,
    periods.end_date,
    periods.closed_on as closed_date,
    periods.period_name,
    case when parents.is_quarter then parents.start_date end as quarter_start_date,
    case when parents.is_year then parents.start_date else grandparents.start_date end
        as fiscal_year_start_date,
    case when parents.is_year then parents.end_date else grandparents.end_date end
        as fiscal_year_end_date,
    periods.is_closed,
    periods.is_adjustment,
    {{ role_lineage('periods') }}
from {{ ref('stg_netsuite__accounting_periods') }} as periods
left join {{ ref('stg_netsuite__accounting_periods') }} as parents
    on periods.source_instance = parents.source_instance
    and periods.parent_period_id = parents.period_id
    and not parents.is_deleted
left join {{ ref('stg_netsuite__accounting_periods') }} as grandparents
    on parents.source_instance = grandparents.source_instance
    and parents.parent_period_id = grandparents.period_id
    and grandparents.is_year
    and not grandparents.is_deleted
where periods.is_posting
