-- Control C12. Grain: one row per posting that the ledger says was posted (left) or that
-- stands in an ERP in Tieout's name (right), by its external id. One that stands in
-- another ERP than it was posted to is none of the ledger's. Amounts are those of
-- the debit side, in the currency posted. Where amounts agree the ERP must keep the
-- journal where it was posted to: date, period, accounts, projects (of lines that can name
-- one in that ERP), department.
with

postings as (
    select * from {{ ref('fct_postings') }}
    where status = 'posted' and amount != 0
),

own_entries as (
    select
        gl_entries.*,
        gl_entries.external_id || case
            when postings.target_instance != gl_entries.source_instance
                then ' in ' || gl_entries.source_instance
            else ''
        end as difference_key
    from {{ ref('fct_gl_entries') }} as gl_entries
    left join postings on gl_entries.external_id = postings.external_id
    where gl_entries.is_own_posting and gl_entries.debit_amount > 0
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
        difference_key,
        legal_entity_code,
        period_month,
        project_code,
        transaction_currency_code as currency_code,
        cast(null as decimal(18, 4)) as left_amount,
        transaction_amount as right_amount,
        cast(null as decimal(18, 2)) as left_quantity,
        cast(null as decimal(18, 2)) as right_quantity,
        source_system || ':' || transaction_id as source_id
    from own_entries

),

compared as (
    {{ compare_sides('stacked', 'C12', 'ledger', 'erp') }}
),

-- All that stands there: who split a line over two accounts has not kept it either.
kept as (
    select
        source_instance,
        external_id,
        max(transaction_date) as transaction_date,
        max(period_month) as period_month,
        {{ all_of('case when debit_amount > 0 then account_number end') }}
            as debited_account_number,
        {{ all_of('case when credit_amount > 0 then account_number end') }}
            as credited_account_number,
        {{ all_of(
            "case when debit_amount > 0 and coalesce(takes_project, true)"
            ~ " then coalesce(line_entity_id, '-') end"
        ) }} as debited_project_id,
        {{ all_of(
            "case when credit_amount > 0 and coalesce(takes_project, true)"
            ~ " then coalesce(line_entity_id, '-') end"
        ) }} as credited_project_id,
        {{ all_of("coalesce(department_id, '-')") }} as department_id
    from {{ ref('fct_gl_entries') }}
    where is_own_posting
    group by source_instance, external_id
),

-- What a release of before landed says nothing of its place, or of its ERP.
places as (
    select
        postings.external_id,
        case
            when kept.transaction_date != postings.posting_date then 'date_differs'
            when
                kept.period_month
                != {{ period_start('periods', 'postings.posting_date') }}
                then 'period_differs'
            when
                kept.debited_account_number != postings.debited_account_number
                or kept.credited_account_number != postings.credited_account_number
                then 'account_differs'
            when
                kept.debited_project_id != coalesce(postings.debited_project_id, '-')
                or kept.credited_project_id
                != coalesce(postings.credited_project_id, '-')
                then 'project_differs'
            when
                coalesce(kept.department_id, '-') != coalesce(postings.department_id, '-')
                then 'department_differs'
            else 'matched'
        end as place_status
    from postings
    inner join kept
        on coalesce(postings.target_instance, kept.source_instance) = kept.source_instance
        and postings.external_id = kept.external_id
    {{ join_period('periods', 'postings.legal_entity_code', 'postings.posting_date') }}
    where postings.posting_date is not null
),

judged as (
    select
        compared.*,
        case
            when compared.match_status = 'matched'
                then coalesce(places.place_status, 'matched')
            else compared.match_status
        end as kept_status
    from compared
    left join places on compared.difference_key = places.external_id
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
    kept_status as match_status,
    case when kept_status != 'matched' then kept_status end as reason,
    owner,
    source_ids
from judged
