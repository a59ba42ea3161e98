-- Grain: one row per project, legal entity and day, and closed period that it corrects, of
-- the periods that are published as closed for the first time: what is kept of them.
select
    told.legal_entity_code,
    told.period_month,
    told.project_key,
    told.project_code,
    told.activity_date,
    told.closed_period_month,
    told.contract_currency_code,
    told.currency_code,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    {{ told_typed('told') }}
from {{ ref('int_activity_as_closed') }} as told
inner join {{ ref('int_closing_periods') }} as closing
    on told.legal_entity_code = closing.legal_entity_code
    and told.period_month = closing.period_month
