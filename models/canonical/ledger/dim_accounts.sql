-- Grain: one row per account of an ERP's chart, by the number policies name it by.
select
    gl_accounts.account_number,
    gl_accounts.account_name,
    gl_accounts.account_type,
    gl_accounts.is_inactive,
    {{ source_coordinates('gl_accounts') }}
from {{ ref('erp_accounts') }} as gl_accounts
where gl_accounts.account_number is not null and not gl_accounts.is_deleted
