-- Grain: one row per billed invoice's share for a project: what it bills before discounts
-- and what credits leave of that, in contract currency. A credit takes back what its lines
-- name, else from the invoice that it says it is for, else from the last one before it of
-- exactly its amount, else what was billed last before it.
with

write_downs as (
    select
        source_instance,
        invoice_id,
        project_key,
        sum(contract_amount) as amount
    from {{ ref('fct_write_downs') }}
    group by source_instance, invoice_id, project_key
),

given as (
    select
        invoice_share_key,
        sum(credited_amount) as amount
    from {{ ref('int_credit_lines') }}
    group by invoice_share_key
),

invoice_shares as (
    select
        invoices.*,
        coalesce(write_downs.amount, 0) as write_down_amount,
        invoices.contract_billed_amount + coalesce(write_downs.amount, 0) as gross_amount,
        invoices.contract_billed_amount + coalesce(write_downs.amount, 0)
        + coalesce(given.amount, 0) as undirected_amount
    from {{ ref('int_invoices_translated') }} as invoices
    left join write_downs
        on invoices.source_instance = write_downs.source_instance
        and invoices.invoice_id = write_downs.invoice_id
        and invoices.project_key = write_downs.project_key
    left join given on invoices.invoice_share_key = given.invoice_share_key
    where invoices.project_key is not null
),

alike as (
    select
        credits.invoice_share_key,
        invoices.invoice_share_key as credited_share_key,
        invoices.invoice_date,
        invoices.invoice_id
    from invoice_shares as credits
    inner join invoice_shares as invoices
        on credits.project_key = invoices.project_key
        and credits.undirected_amount + invoices.undirected_amount = 0
        and (
            credits.invoice_date > invoices.invoice_date
            or (
                credits.invoice_date = invoices.invoice_date
                and credits.invoice_id > invoices.invoice_id
            )
        )
    where credits.undirected_amount < 0 and credits.credited_invoice_id is null
),

latest_alike as (
    {{ first_of_each(
        'alike', key=['invoice_share_key'],
        order=['invoice_date desc nulls last', 'invoice_id desc nulls last']
    ) }}
),

moves as (

    select
        case
            when invoice_shares.undirected_amount < 0
                then coalesce(
                    credited.invoice_share_key,
                    latest_alike.credited_share_key,
                    invoice_shares.invoice_share_key
                )
            else invoice_shares.invoice_share_key
        end as invoice_share_key,
        invoice_shares.undirected_amount as amount,
        0 as directed_amount
    from invoice_shares
    left join invoice_shares as credited
        on invoice_shares.source_instance = credited.source_instance
        and invoice_shares.credited_invoice_id = credited.invoice_id
        and invoice_shares.project_key = credited.project_key
    left join latest_alike
        on invoice_shares.invoice_share_key = latest_alike.invoice_share_key

    union all

    select
        credited_share_key as invoice_share_key,
        -credited_amount as amount,
        credited_amount as directed_amount
    from {{ ref('int_credit_lines') }}

),

steps as (
    select
        invoice_share_key,
        sum(amount) as amount,
        sum(directed_amount) as directed_amount
    from moves
    group by invoice_share_key
),

totalled as (
    select
        invoice_shares.invoice_share_key,
        invoice_shares.project_key,
        invoice_shares.invoice_date,
        invoice_shares.invoice_id,
        invoice_shares.contract_currency_code,
        invoice_shares.write_down_amount,
        invoice_shares.gross_amount,
        greatest(invoice_shares.undirected_amount, 0) as issued_amount,
        coalesce(steps.directed_amount, 0) as directed_amount,
        sum(coalesce(steps.amount, 0)) over (
            partition by invoice_shares.project_key
            order by
                invoice_shares.invoice_date nulls last,
                invoice_shares.invoice_id nulls last,
                invoice_shares.invoice_share_key nulls last
            rows between unbounded preceding and current row
        ) as to_date_amount
    from invoice_shares
    left join steps on invoice_shares.invoice_share_key = steps.invoice_share_key
),

lasting as (
    {{ lasting_steps(
        'totalled', key=['project_key'], total='to_date_amount',
        place=['invoice_date', 'invoice_id', 'invoice_share_key']
    ) }}
)

select
    invoice_share_key,
    project_key,
    invoice_id,
    invoice_date,
    contract_currency_code,
    cast(gross_amount as decimal(18, 4)) as gross_amount,
    cast(write_down_amount as decimal(18, 4)) as write_down_amount,
    cast(issued_amount as decimal(18, 4)) as issued_amount,
    cast(directed_amount as decimal(18, 4)) as directed_amount,
    cast(lasting_to - lasting_from as decimal(18, 4)) as left_amount
from lasting
