-- Grain: one row per Tryton party that a line of what suppliers are owed names.
with

named as (
    select distinct
        move_lines.source_instance,
        move_lines.party_id
    from {{ ref('stg_tryton__move_lines') }} as move_lines
    inner join {{ ref('stg_tryton__accounts') }} as gl_accounts
        on move_lines.source_instance = gl_accounts.source_instance
        and move_lines.account_id = gl_accounts.account_id
        and gl_accounts.is_of_payables
)

select
    parties.party_id as supplier_id,
    parties.party_code as supplier_number,
    parties.party_name as supplier_name,
    {{ role_lineage('parties') }}
from {{ ref('stg_tryton__parties') }} as parties
inner join named
    on parties.source_instance = named.source_instance
    and parties.party_id = named.party_id
