-- What a legal entity has open in a foreign currency at the end of a period, valued by a
-- rate of exchange older than policy allows. Its revaluation is held (int_posting_holds).
select
    'rate_of_items_too_old' as kind,
    transaction_currency_code || ' in ' || currency_code || ' on '
    || cast(max(revaluation_date) as varchar) || ': the last rate of exchange is of '
    || cast(max(closing_rate_date) as varchar) as reason,
    cast(null as varchar) as source_system,
    cast(null as varchar) as source_instance,
    transaction_currency_code || ' in ' || currency_code as source_id,
    legal_entity_code,
    cast(null as varchar) as project_key,
    period_month,
    sum(balance_amount) as amount,
    transaction_currency_code as currency_code,
    max(closing_rate_date) as since
from {{ ref('fct_fx_revaluations') }}
where is_rate_too_old and item_type in ('receivable', 'payable')
group by legal_entity_code, period_month, transaction_currency_code, currency_code
