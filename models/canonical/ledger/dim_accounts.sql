-- Grain: one row per account of an ERP's chart, by the number policies name it by. Where
-- each company of the ERP has a chart of its own, a number takes postings while one of its
-- accounts does.
with

numbered as (
    select * from {{ ref('erp_accounts') }}
    where account_number is not null and not is_deleted
),

gl_accounts as (
    {{ first_of_each(
        'numbered', key=['source_instance', 'account_number'],
        order=['is_inactive asc nulls last', 'account_id asc nulls last']
    ) }}
)

select
    gl_accounts.account_number,
    gl_accounts.account_name,
    gl_accounts.account_type,
    gl_accounts.is_inactive,
    {{ source_coordinates('gl_accounts') }}
from gl_accounts
