-- Grain: one row per receivable of the ERP of which something is settled: what of it, until
-- when, and as what. A credit that the PSA has pays what it is applied to, whichever invoice
-- the PSA takes it for, and is paid back itself; what the ERP alone credits was not paid.
-- What is to settle it on a day to come has not.
with

psa_credits as (
    select
        source_instance,
        transaction_id
    from {{ ref('erp_transactions') }}
    where
        document_type = 'customer_credit'
        and external_id in (
            select invoices.erp_external_id
            from {{ ref('int_invoices_translated') }} as invoices
            where invoices.erp_external_id is not null
        )
)

select
    settlements.source_instance,
    settlements.transaction_id,
    max(settlements.settled_date) as settled_date,
    cast(sum(settlements.carrying_amount) as decimal(18, 4)) as amount,
    cast(
        sum(
            case
                when
                    settlements.settlement_type = 'payment'
                    or (
                        settlements.settlement_type = 'credit'
                        and coalesce(own.transaction_id, applied.transaction_id) is not null
                    )
                    then settlements.carrying_amount
                else 0
            end
        ) as decimal(18, 4)
    ) as paid_amount,
    cast(
        sum(
            case
                when settlements.settlement_type = 'write_off'
                    then settlements.carrying_amount
                else 0
            end
        ) as decimal(18, 4)
    ) as written_off_amount
from {{ ref('fct_settlements') }} as settlements
inner join {{ ref('dim_as_of') }} as as_of
    on settlements.settled_date <= as_of.as_of_date
left join psa_credits as own
    on settlements.source_instance = own.source_instance
    and settlements.transaction_id = own.transaction_id
left join psa_credits as applied
    on settlements.source_instance = applied.source_instance
    and settlements.other_transaction_id = applied.transaction_id
where settlements.item_type = 'receivable'
group by settlements.source_instance, settlements.transaction_id
