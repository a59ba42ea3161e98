-- Grain: one row per posted Tryton move. The first word of its description is the id that
-- another system gave it, Tieout's or an invoice's; Tryton has no field for it. Its journal
-- and the side on which a customer or a supplier stands say what it is. It is settled when
-- all of theirs on it is.
with

sides as (
    select
        move_lines.source_instance,
        move_lines.move_id,
        min(move_lines.party_id) as party_id,
        max(move_lines.maturity_date) as due_date,
        case
            when count(*) = count(move_lines.settled_date) then max(move_lines.settled_date)
        end as closed_date,
        sum(
            case
                when gl_accounts.is_of_receivables
                    then move_lines.debit_amount - move_lines.credit_amount
                else 0
            end
        ) as receivable_amount,
        sum(
            case
                when gl_accounts.is_of_payables
                    then move_lines.debit_amount - move_lines.credit_amount
                else 0
            end
        ) as payable_amount
    from {{ ref('stg_tryton__move_lines') }} as move_lines
    inner join {{ ref('stg_tryton__accounts') }} as gl_accounts
        on move_lines.source_instance = gl_accounts.source_instance
        and move_lines.account_id = gl_accounts.account_id
        and (gl_accounts.is_of_receivables or gl_accounts.is_of_payables)
    where not move_lines.is_deleted
    group by move_lines.source_instance, move_lines.move_id
),

-- A move in one other currency is a transaction in that.
foreign_currencies as (
    select
        move_lines.source_instance,
        move_lines.move_id,
        min(currencies.currency_code) as currency_code
    from {{ ref('stg_tryton__move_lines') }} as move_lines
    inner join {{ ref('stg_tryton__currencies') }} as currencies
        on move_lines.source_instance = currencies.source_instance
        and move_lines.second_currency_id = currencies.currency_id
    where not move_lines.is_deleted
    group by move_lines.source_instance, move_lines.move_id
    having count(distinct currencies.currency_code) = 1
)

select
    moves.move_id as transaction_id,
    nullif(split_part(moves.memo, ' ', 1), '') as external_id,
    moves.period_id,
    sides.party_id,
    moves.move_date as transaction_date,
    sides.due_date,
    sides.closed_date,
    case
        when journals.type_code = 'revenue' and sides.receivable_amount > 0
            then 'customer_invoice'
        when journals.type_code = 'revenue' and sides.receivable_amount < 0
            then 'customer_credit'
        when journals.type_code = 'expense' and sides.payable_amount < 0 then 'vendor_bill'
        when journals.type_code = 'expense' and sides.payable_amount > 0 then 'vendor_credit'
        when journals.type_code = 'cash' and sides.receivable_amount != 0
            then 'customer_payment'
        when journals.type_code = 'cash' and sides.payable_amount != 0 then 'vendor_payment'
        when journals.type_code = 'general' then 'journal'
        else 'other'
    end as document_type,
    journals.journal_name as transaction_type,
    moves.move_number as transaction_number,
    coalesce(foreign_currencies.currency_code, companies.currency_code)
        as transaction_currency_code,
    moves.memo,
    {{ role_lineage('moves') }}
from {{ ref('stg_tryton__moves') }} as moves
left join {{ ref('stg_tryton__companies') }} as companies
    on moves.source_instance = companies.source_instance
    and moves.company_id = companies.company_id
left join {{ ref('stg_tryton__journals') }} as journals
    on moves.source_instance = journals.source_instance
    and moves.journal_id = journals.journal_id
left join sides
    on moves.source_instance = sides.source_instance
    and moves.move_id = sides.move_id
left join foreign_currencies
    on moves.source_instance = foreign_currencies.source_instance
    and moves.move_id = foreign_currencies.move_id
where moves.move_state = 'posted'
