-- Grain: one row per legal entity and period whose revaluation goes by a rate of exchange
-- that is too old, or takes such a one back: neither is posted.
select
    legal_entity_code,
    period_month
from {{ ref('fct_fx_revaluations') }}
where is_rate_too_old

union distinct

select
    items.legal_entity_code,
    {{ period_start('periods', 'items.reversal_date') }} as period_month
from {{ ref('fct_fx_revaluations') }} as items
{{ join_period('periods', 'items.legal_entity_code', 'items.reversal_date') }}
where items.is_rate_too_old
