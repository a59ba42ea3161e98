-- Grain: one row per item of an invoice; deleted ones stay, flagged.
with

source as (
    select * from {{ current_version(source('kantata', 'invoice_items')) }}
),

renamed as (
    select
        -- keys
        cast(id as varchar) as invoice_item_id,
        cast(invoice_id as varchar) as invoice_id,
        cast(workspace_id as varchar) as project_id,

        -- attributes
        case when kind = 'expenses' then 'expense' else 'item' end as item_type,
        cast(notes as varchar) as item_text,
        upper(currency) as currency_code,

        -- amounts
        cast({{ ratio('amount_in_cents', 'currency_base_unit', 4) }} as decimal(18, 4)) as amount,

        -- lineage
        {{ lineage('kantata') }}
    from source
)

select * from renamed
