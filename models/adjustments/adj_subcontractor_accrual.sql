-- Grain: rows that accrue and rows that take back. A contractor's entry accrues in the
-- month of the work and is taken back in the month its bill is booked, as is a receipt:
-- so a month that has closed keeps what it was closed with, and cost is never accrued
-- and billed.
with

entries as (select * from {{ ref('fct_subcontractor_costs') }}),

bill_months as (
    select
        resource_key,
        project_key,
        service_month,
        min(period_month) as bill_month
    from {{ ref('fct_vendor_bills') }}
    where not is_goods
    group by resource_key, project_key, service_month
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
        entries.cost_date as work_date,
        greatest(entries.period_month, bill_months.bill_month) as period_month,
        cast(null as varchar) as reference,
        -entries.accrued_amount as desired_amount
    from entries
    inner join bill_months
        on entries.resource_key = bill_months.resource_key
        and entries.project_key = bill_months.project_key
        and {{ month_start('entries.cost_date') }} = bill_months.service_month
    where entries.is_billed

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
