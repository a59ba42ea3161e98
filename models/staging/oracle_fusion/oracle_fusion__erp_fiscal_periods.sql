-- Grain: one row per legal entity and period of its ledger. What was never opened takes no
-- postings. The statuses say neither the quarter nor the day of closing: the status counts
-- from when it was first seen.
with

years as (
    select
        source_instance,
        ledger_id,
        period_year,
        min(start_date) as fiscal_year_start_date,
        max(end_date) as fiscal_year_end_date
    from {{ ref('stg_oracle_fusion__period_statuses') }}
    where not is_deleted
    group by source_instance, ledger_id, period_year
)

select
    periods.ledger_id || '|' || periods.period_name || '|' || books.legal_entity_id
        as period_id,
    books.legal_entity_id as entity_id,
    periods.start_date,
    periods.end_date,
    cast(null as date) as closed_date,
    periods.period_name,
    cast(null as date) as quarter_start_date,
    years.fiscal_year_start_date,
    years.fiscal_year_end_date,
    periods.closing_status not in ('O', 'F') as is_closed,
    coalesce(periods.is_adjustment, false) as is_adjustment,
    {{ role_lineage('periods') }}
from {{ ref('stg_oracle_fusion__period_statuses') }} as periods
inner join {{ ref('oracle_fusion__int_books') }} as books
    on periods.source_instance = books.source_instance
    and periods.ledger_id = books.ledger_id
left join years
    on periods.source_instance = years.source_instance
    and periods.ledger_id = years.ledger_id
    and periods.period_year = years.period_year
