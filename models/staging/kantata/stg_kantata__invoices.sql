-- Grain: one row per Kantata invoice; cancelled and deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'invoices')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as invoice_id,
        -- an invoice for several projects belongs to none of them
        case
            when workspace_ids like '%,%' then null else cast(workspace_id as varchar)
        end as project_id,
        cast(user_invoice_number as varchar) as invoice_number,

        -- dates and attributes
        cast(invoice_date as date) as invoice_date,
        cast(due_date as date) as due_date,
        lower(status) as status,
        upper(currency) as currency_code,

        -- amounts
        cast(
            {{ ratio('balance_in_cents', 'currency_base_unit', 4) }} as decimal(18, 4)
        ) as amount,

        -- flags
        cast(draft as boolean) as is_draft,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
