-- Grain: one row per thing that figures need and a firm may lack: each role, what of people
-- HR says, what follows from several roles, and what other things it takes. Rates of exchange
-- are needed once there is a second currency. Where contract terms or the measure of one
-- project are lacking for want of a role, so is every sum over projects; where nobody states
-- the terms of a project, its sums are incomplete.
with

currencies as (

    select functional_currency_code as currency_code from {{ ref('dim_projects') }}

    union distinct

    select contract_currency_code as currency_code from {{ ref('dim_projects') }}

    union distinct

    select currency_code from {{ ref('fct_expenses') }}

    union distinct

    select currency_code from {{ ref('dim_pay_rates') }}

    union distinct

    select {{ reporting_currency() }} as currency_code

),

stacked as (

    select
        role_code as prerequisite,
        is_present as is_met,
        false as is_of_projects,
        absence_reason
    from {{ ref('dim_roles') }}

    union all

    select
        measure as prerequisite,
        is_known as is_met,
        false as is_of_projects,
        absence_reason
    from {{ ref('dim_people_measures') }}

    union all

    select
        'exchange_rates' as prerequisite,
        exists (select 1 from {{ ref('dim_fx_rates') }})
        or (select count(currency_code) from currencies) <= 1 as is_met,
        false as is_of_projects,
        'no exchange rates' as absence_reason

    union all

    {{ of_every_project('contract_terms', 'is_without_terms') }}

    union all

    {{ of_every_project('revenue_of_price', 'is_price_unmeasured') }}

    union all

    {{ of_every_project('revenue', 'is_unmeasured') }}

    union all

    {{ of_every_project('revenue_of_all', 'is_unmeasured') }}

    union all

    {{ of_every_project('revenue_by_day', 'is_undated') }}

    union all

    {{ of_every_project('billing', 'is_billing_unknown') }}

)

select
    cast(prerequisite as varchar) as prerequisite,
    is_met,
    not is_met and is_of_projects as is_of_projects,
    cast(case when not is_met then absence_reason end as varchar) as absence_reason
from stacked
