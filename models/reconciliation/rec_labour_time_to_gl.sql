-- Control C01. Grain: one row per project and month seen on either side: approved hours
-- at provisional cost against what the ledger's labour account holds for the posting
-- period, Tieout's own postings included.
with

labour_costs as (select * from {{ ref('fct_labour_costs') }}),

gl_entries as (
    select gl_entries.*
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_account_purposes') }} as purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'labour_cost'
),

stacked as (

    select
        project_code || '|' || cast(period_month as varchar) as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        sum(coalesce(provisional_amount, 0)) as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        {{ ratio('sum(worked_minutes)', '60', 2) }} as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        cast(null as varchar) as source_id
    from labour_costs
    where project_code is not null
    group by legal_entity_code, period_month, project_code, currency_code

    union all

    select
        coalesce(project_code, 'NO PROJECT') || '|' || cast(period_month as varchar)
            as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        net_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        case when net_amount < 0 then -abs(worked_hours) else worked_hours end
            as right_quantity,
        transaction_id as source_id
    from gl_entries

),

compared as (
    {{ compare_sides('stacked', 'C01', 'psa', 'erp') }}
)

select
    control_id,
    difference_key,
    legal_entity_code,
    period_month,
    project_code,
    left_quantity as psa_hours,
    right_quantity as erp_hours,
    left_amount,
    right_amount,
    difference_amount,
    currency_code,
    match_status,
    case when match_status != 'matched' then match_status end as reason,
    owner,
    source_ids
from compared
