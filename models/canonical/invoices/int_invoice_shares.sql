-- Grain: one row per billed invoice (not a draft, not cancelled) and project that it
-- bills, in the invoice's currency. Where lines name another project than the invoice
-- does, each project is billed its lines; where an invoice names no project and the PSA
-- keeps no lines of time and milestones, the time and milestones that name it stand in for
-- them. What they leave of the invoice's amount is of the project that it names, if any:
-- the shares always add up to what was issued.
with

invoices as (
    select * from {{ ref('fct_invoices') }}
    where is_billed
),

lines as (
    select
        invoices.invoice_key,
        {{ entity_key('project', ['crosswalk.project_code']) }} as project_key,
        crosswalk.project_code,
        items.line_type,
        items.net_amount as amount
    from {{ ref('psa_invoice_lines') }} as items
    inner join invoices
        on items.source_instance = invoices.source_instance
        and items.invoice_id = invoices.invoice_id
        and coalesce(items.currency_code, invoices.currency_code) = invoices.currency_code
    left join {{ ref('crosswalk_projects') }} as crosswalk
        on crosswalk.role = 'psa'
        and items.source_instance = crosswalk.source_instance
        and items.project_id = crosswalk.record_id
    where not items.is_deleted
),

unspecified as (
    select
        invoice_key,
        source_instance,
        invoice_id,
        currency_code
    from invoices
    where
        project_key is null
        and not exists (
            select 1 from lines
            where
                lines.invoice_key = invoices.invoice_key
                and lines.line_type in ('time', 'milestone')
        )
),

parts as (

    select
        invoice_key,
        project_key,
        project_code,
        amount
    from lines

    union all

    select
        unspecified.invoice_key,
        time_values.project_key,
        projects.project_code,
        time_values.contract_billable_amount as amount
    from {{ ref('fct_time_values') }} as time_values
    inner join unspecified
        on time_values.source_instance = unspecified.source_instance
        and time_values.invoice_id = unspecified.invoice_id
        and time_values.contract_currency_code = unspecified.currency_code
    inner join {{ ref('dim_projects') }} as projects
        on time_values.project_key = projects.project_key

    union all

    select
        unspecified.invoice_key,
        milestones.project_key,
        milestones.project_code,
        milestones.amount
    from {{ ref('dim_milestones') }} as milestones
    inner join unspecified
        on milestones.source_instance = unspecified.source_instance
        and milestones.invoice_id = unspecified.invoice_id
        and milestones.currency_code = unspecified.currency_code

),

named as (
    select
        invoice_key,
        project_key,
        max(project_code) as project_code,
        sum(amount) as amount
    from parts
    where project_key is not null and amount is not null
    group by invoice_key, project_key
),

several as (
    select
        invoices.invoice_key,
        sum(named.amount) as named_amount
    from invoices
    inner join named on invoices.invoice_key = named.invoice_key
    group by invoices.invoice_key
    having max(case when named.project_key = invoices.project_key then 0 else 1 end) = 1
),

stacked as (

    select
        named.invoice_key,
        named.project_key,
        named.project_code,
        named.amount,
        0 as unnamed_amount
    from named
    inner join several on named.invoice_key = several.invoice_key

    union all

    select
        invoices.invoice_key,
        invoices.project_key,
        invoices.project_code,
        invoices.amount - coalesce(several.named_amount, 0) as amount,
        case
            when several.invoice_key is not null then invoices.amount - several.named_amount
            else 0
        end as unnamed_amount
    from invoices
    left join several on invoices.invoice_key = several.invoice_key
    where several.invoice_key is null or invoices.amount != several.named_amount

),

summed as (
    select
        invoice_key,
        project_key,
        max(project_code) as project_code,
        sum(amount) as amount,
        sum(unnamed_amount) as unnamed_amount
    from stacked
    group by invoice_key, project_key
)

select
    {{ entity_key('invoice_share', ['summed.invoice_key', 'summed.project_key']) }}
        as invoice_share_key,
    summed.invoice_key,
    summed.project_key,
    invoices.invoice_id,
    invoices.credited_invoice_id,
    summed.project_code,
    invoices.invoice_date,
    invoices.currency_code,
    cast(summed.amount as decimal(18, 4)) as amount,
    cast(summed.unnamed_amount as decimal(18, 4)) as unnamed_amount,
    invoices.is_paid,
    invoices.erp_external_id,
    invoices.source_system,
    invoices.source_instance,
    invoices.source_id
from summed
inner join invoices on summed.invoice_key = invoices.invoice_key
