-- Grain: one row per S/4HANA company code and period of its fiscal year variant. A special
-- period has the last days of an ordinary one: it adjusts that. A period takes postings
-- while it is in an interval of the variant's row for all accounts and of the ledger
-- accounts' own, if there is one; S/4HANA keeps no day on which that ended.
with

periods as (
    select
        *,
        cast(fiscal_year as bigint) * 1000 + cast(fiscal_period as bigint) as place,
        max(end_date) over (
            partition by source_instance, fiscal_year_variant, fiscal_year
            order by fiscal_period nulls last
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from {{ ref('stg_s4hana__fiscal_periods') }}
),

opened as (
    select
        periods.source_instance,
        periods.source_id,
        intervals.posting_period_variant,
        max(case when intervals.account_type = '+' then 1 else 0 end) as is_stated,
        min(
            case
                when
                    periods.place between intervals.first_open and intervals.last_open
                    or periods.place between intervals.first_special_open
                    and intervals.last_special_open
                    then 1
                else 0
            end
        ) as is_open
    from periods
    inner join {{ ref('stg_s4hana__posting_periods') }} as intervals
        on periods.source_instance = intervals.source_instance
        and intervals.account_type in ('+', 'S')
        and not intervals.is_deleted
    group by periods.source_instance, periods.source_id, intervals.posting_period_variant
)

select
    companies.company_code || '|' || periods.fiscal_year || '|' || periods.fiscal_period
        as period_id,
    companies.company_code as entity_id,
    periods.start_date,
    periods.end_date,
    cast(null as date) as closed_date,
    periods.fiscal_period || '/' || periods.fiscal_year as period_name,
    periods.quarter_start_date,
    periods.year_start_date as fiscal_year_start_date,
    periods.year_end_date as fiscal_year_end_date,
    coalesce(opened.is_stated * opened.is_open, 0) = 0 as is_closed,
    coalesce(periods.ended_before >= periods.start_date, false) as is_adjustment,
    {{ role_lineage('periods') }}
from periods
inner join {{ ref('stg_s4hana__company_codes') }} as companies
    on periods.source_instance = companies.source_instance
    and periods.fiscal_year_variant = companies.fiscal_year_variant
left join opened
    on periods.source_instance = opened.source_instance
    and periods.source_id = opened.source_id
    and companies.posting_period_variant = opened.posting_period_variant
