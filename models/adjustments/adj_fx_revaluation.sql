-- Grain: two rows per open item and month: its unrealised gain or loss at the month's
-- closing rate, and the reversal of it in the month after.
with

revaluations as (
    select
        legal_entity_code,
        item_type || ' ' || item_number as reference,
        period_month,
        {{ month_start('reversal_date') }} as reversal_month,
        revaluation_amount,
        reversal_amount
    from {{ ref('fct_fx_revaluations') }}
),

stacked as (

    select
        legal_entity_code,
        cast(null as varchar) as project_code,
        reference,
        period_month,
        revaluation_amount as desired_amount
    from revaluations

    union all

    select
        legal_entity_code,
        cast(null as varchar) as project_code,
        reference,
        reversal_month as period_month,
        reversal_amount as desired_amount
    from revaluations

)

select
    {{ desired_posting('fx_revaluation', reference='reference') }}
from stacked
