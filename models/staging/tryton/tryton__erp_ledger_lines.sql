-- Grain: one row per line of a posted Tryton move, or per share of it where projects share
-- it: their shares are the line's amount. Where they are not, as with several analytic
-- charts, nothing is guessed: the line is on no project. Only lines of the income statement
-- keep one. Tieout's own lines end with their hours. Shares are in the company's currency:
-- in another one they are as much of the line as in that.
with

shares as (
    select
        analytic_lines.*,
        count(*) over by_line as shares_count,
        sum(analytic_lines.debit_amount - analytic_lines.credit_amount) over by_line
            as shared_amount
    from {{ ref('stg_tryton__analytic_lines') }} as analytic_lines
    inner join {{ ref('stg_tryton__analytic_accounts') }} as analytic_accounts
        on analytic_lines.source_instance = analytic_accounts.source_instance
        and analytic_lines.analytic_account_id = analytic_accounts.analytic_account_id
        and analytic_accounts.type_code = 'normal'
    where not analytic_lines.is_deleted
    window by_line as (
        partition by analytic_lines.source_instance, analytic_lines.line_id
    )
),

coded as (
    select
        move_lines.*,
        moves.company_id,
        moves.memo as move_memo,
        shares.analytic_account_id,
        shares.analytic_line_id,
        shares.debit_amount as shared_debit_amount,
        shares.credit_amount as shared_credit_amount,
        coalesce(shares.shares_count, 0) > 1 as is_shared,
        reverse(split_part(reverse(move_lines.memo), ' ,', 1)) as last_words
    from {{ ref('stg_tryton__move_lines') }} as move_lines
    inner join {{ ref('stg_tryton__moves') }} as moves
        on move_lines.source_instance = moves.source_instance
        and move_lines.move_id = moves.move_id
        and moves.move_state = 'posted'
    left join shares
        on move_lines.source_instance = shares.source_instance
        and move_lines.line_id = shares.line_id
        and move_lines.debit_amount - move_lines.credit_amount = shares.shared_amount
)

select
    coded.move_id as transaction_id,
    case
        when coded.is_shared then coded.line_id || '-' || coded.analytic_line_id
        else coded.line_id
    end as line_id,
    coded.account_id,
    coded.company_id as entity_id,
    coded.analytic_account_id as project_id,
    coalesce(coded.analytic_account_id, coded.party_id) as line_party_id,
    cast(null as varchar) as dimension_id,
    cast(null as varchar) as booked_line_id,
    cast(null as date) as service_date,
    coded.memo,
    case
        when
            coded.move_memo like 'TIEOUT-%'
            and coded.last_words like '% h'
            and trim(replace(coded.last_words, ' h', ''), '-.0123456789') = ''
            and trim(replace(coded.last_words, ' h', ''), '-.') != ''
            and not coded.is_shared
            then cast(split_part(coded.last_words, ' ', 1) as decimal(9, 2))
    end as worked_hours,
    case when coded.is_shared then coded.shared_debit_amount else coded.debit_amount end
        as debit_amount,
    case when coded.is_shared then coded.shared_credit_amount else coded.credit_amount end
        as credit_amount,
    cast(
        case
            when coded.is_shared and coded.second_currency_id is not null
                then {{ rounded_product(
                    [
                        'coded.second_amount',
                        '(coded.shared_debit_amount - coded.shared_credit_amount)',
                    ], 4, divided_by='coded.debit_amount - coded.credit_amount'
                ) }}
            when coded.is_shared then coded.shared_debit_amount - coded.shared_credit_amount
            when coded.second_currency_id is not null then coded.second_amount
            else coded.debit_amount - coded.credit_amount
        end as decimal(18, 4)
    ) as transaction_amount,
    coalesce(gl_accounts.statement_code = 'income', false) as takes_project,
    true as is_posting,
    {{ role_lineage('coded') }}
from coded
left join {{ ref('stg_tryton__accounts') }} as gl_accounts
    on coded.source_instance = gl_accounts.source_instance
    and coded.account_id = gl_accounts.account_id
