{{ config(tags=['control'], severity='error', meta={'control_id': 'I19'}) }}
-- Accounts that a policy names and the ERP's chart of accounts lacks: what is booked on
-- them would be found nowhere. Without an ERP there is no chart to ask.
with

mentioned as (
    select
        debit_account as account_number,
        'posting_policies' as seed_name
    from {{ ref('posting_policies') }}

    union all

    select
        credit_account as account_number,
        'posting_policies' as seed_name
    from {{ ref('posting_policies') }}

    union all

    select
        account_number,
        'intercompany_accounts' as seed_name
    from {{ ref('intercompany_accounts') }}

    union all

    select
        account_number,
        'overhead_policies' as seed_name
    from {{ ref('overhead_policies') }}

    union all

    select
        revenue_account as account_number,
        'reporting_dimensions' as seed_name
    from {{ ref('reporting_dimensions') }}
)

select
    mentioned.account_number,
    count(*) as rows_count,
    mentioned.account_number || ' in ' || min(mentioned.seed_name) as message
from mentioned
where
    mentioned.account_number is not null
    and exists (select 1 from {{ ref('dim_accounts') }})
    and not exists (
        select 1 from {{ ref('dim_accounts') }} as chart
        where chart.account_number = mentioned.account_number
    )
group by mentioned.account_number
