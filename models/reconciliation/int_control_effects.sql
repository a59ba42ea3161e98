-- Grain: one row per control of the register: what it stops where it fails, as enforced. A
-- control that stops a publication is said so in the register; postings wait for one by
-- seed posting_controls, or for exceptions that are its differences.
with

holding as (
    select control_id from {{ ref('posting_controls') }}
    union distinct
    select control_id from {{ ref('exception_policies') }}
    where holds_postings
)

select
    policies.control_id,
    case
        when policies.blocks = 'nothing' and holding.control_id is not null then 'posting'
        else policies.blocks
    end as blocks
from {{ ref('control_policies') }} as policies
left join holding on policies.control_id = holding.control_id
