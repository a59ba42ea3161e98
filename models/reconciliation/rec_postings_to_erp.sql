-- Control C12. Grain: one row per posting that the ledger says was posted (left) or that
-- stands in the ERP in Tieout's name (right), by its external id. Amounts are those of
-- the debit side, in the currency posted.
with

postings as (
    select * from {{ ref('fct_postings') }}
    where status = 'posted' and amount != 0
),

own_entries as (
    select * from {{ ref('fct_gl_entries') }}
    where is_own_posting and debit_amount > 0
),

stacked as (

    select
        external_id as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        currency_code,
        abs(amount) as left_amount,
        cast(null as decimal(18, 4)) as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        'ledger:' || posting_id as source_id
    from postings

    union all

    select
        external_id as difference_key,
        legal_entity_code,
        period_month,
        project_code,
        transaction_currency_code as currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        transaction_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        'netsuite:' || transaction_id as source_id
    from own_entries

),

compared as (
    {{ compare_sides('stacked', 'C12', 'ledger', 'erp') }}
)

select
    control_id,
    difference_key,
    legal_entity_code,
    period_month,
    project_code,
    left_amount,
    right_amount,
    difference_amount,
    currency_code,
    match_status,
    case when match_status != 'matched' then match_status end as reason,
    owner,
    source_ids
from compared
