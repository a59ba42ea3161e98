{{ config(tags=['control'], severity='error', meta={'control_id': 'I31'}) }}
-- Margins at standard cost that do not lead to those at actual cost by absorption. Run on
-- the build at standard cost; on the other there is nothing between the two.
with

stacked as (

    select
        legal_entity_code,
        practice_code,
        period_month,
        currency_code,
        margin_amount as standard_margin_amount,
        0 as absorption_amount,
        0 as actual_margin_amount
    from {{ ref('mart_project_margin_monthly') }}

    union all

    select
        legal_entity_code,
        practice_code,
        period_month,
        currency_code,
        0 as standard_margin_amount,
        absorption_amount,
        0 as actual_margin_amount
    from {{ ref('mart_absorption_monthly') }}

    union all

    select
        legal_entity_code,
        practice_code,
        period_month,
        currency_code,
        0 as standard_margin_amount,
        0 as absorption_amount,
        margin_amount as actual_margin_amount
    from {{ ref('int_actual_margins') }}

)

select
    legal_entity_code,
    practice_code,
    period_month,
    currency_code,
    sum(standard_margin_amount) as standard_margin_amount,
    sum(absorption_amount) as absorption_amount,
    sum(actual_margin_amount) as actual_margin_amount,
    legal_entity_code || ' ' || coalesce(practice_code, '-') || ' '
    || cast(period_month as varchar) as message
from stacked
group by legal_entity_code, practice_code, period_month, currency_code
having
    sum(standard_margin_amount) - sum(absorption_amount) != sum(actual_margin_amount)
