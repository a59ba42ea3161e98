-- Grain: two rows per open item and month: its unrealised gain or loss at the month's
-- closing rate, and the reversal of it in the month after.
with

revaluations as (
    select
        items.legal_entity_code,
        items.item_type || ' ' || items.item_number as reference,
        items.period_month,
        {{ period_start('periods', 'reversal_date') }} as reversal_month,
        items.revaluation_amount,
        items.reversal_amount
    from {{ ref('fct_fx_revaluations') }} as items
    {{ join_period('periods', 'items.legal_entity_code', 'items.reversal_date') }}
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
