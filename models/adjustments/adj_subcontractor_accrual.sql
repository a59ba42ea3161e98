-- Grain: rows that accrue and rows that take back. A contractor's entry accrues in the
-- period of the work; what a bill covers of it is taken back in the period of its own entity
-- that the bill was booked in, or of the work if that is later. A receipt likewise: so a
-- month that has closed keeps what it was closed with, and cost is never accrued and
-- billed.
with

entries as (
    select * from {{ ref('fct_subcontractor_costs') }}
    where time_entry_key is not null
),

stacked as (

    select
        legal_entity_code,
        project_code,
        resource_key,
        cost_date as work_date,
        period_month,
        cast(null as varchar) as reference,
        accrued_amount as desired_amount
    from entries

    union all

    select
        entries.legal_entity_code,
        entries.project_code,
        entries.resource_key,
        billed.billed_date as work_date,
        {{ period_start('periods', 'billed.billed_date') }} as period_month,
        cast(null as varchar) as reference,
        -billed.billed_amount as desired_amount
    from entries
    inner join {{ ref('int_hours_billed') }} as billed
        on entries.time_entry_key = billed.time_entry_key
    {{ join_period('periods', 'entries.legal_entity_code', 'billed.billed_date') }}

    union all

    select
        legal_entity_code,
        project_code,
        cast(null as varchar) as resource_key,
        cost_date as work_date,
        period_month,
        commitment_key as reference,
        accrual_amount as desired_amount
    from {{ ref('fct_purchase_costs') }}

)

select
    {{ desired_posting(
        'subcontractor_accrual', resource='resource_key', day='work_date',
        reference='reference'
    ) }}
from stacked
where project_code is not null
