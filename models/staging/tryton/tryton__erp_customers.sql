-- Grain: one row per Tryton party that is a customer: a project names it, or a line of what
-- customers owe. Tryton keeps customers, suppliers and people alike.
with

named as (

    select
        works.source_instance,
        works.party_id
    from {{ ref('stg_tryton__projects') }} as works
    where works.party_id is not null

    union distinct

    select
        move_lines.source_instance,
        move_lines.party_id
    from {{ ref('stg_tryton__move_lines') }} as move_lines
    inner join {{ ref('stg_tryton__accounts') }} as gl_accounts
        on move_lines.source_instance = gl_accounts.source_instance
        and move_lines.account_id = gl_accounts.account_id
        and gl_accounts.is_of_receivables

)

select
    parties.party_id as customer_id,
    cast(null as varchar) as parent_customer_id,
    parties.party_code as customer_number,
    parties.party_name as customer_name,
    cast(null as varchar) as currency_code,
    {{ role_lineage('parties') }}
from {{ ref('stg_tryton__parties') }} as parties
inner join named
    on parties.source_instance = named.source_instance
    and parties.party_id = named.party_id
