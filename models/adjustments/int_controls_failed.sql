-- Grain: one row per legal entity, month and control with a difference there, for the
-- controls that seed posting_controls lets hold postings.
with

compared as (
    select
        control_id,
        legal_entity_code,
        period_month,
        match_status
    from {{ ref('rec_gl_balance') }}

    union all

    select
        control_id,
        legal_entity_code,
        period_month,
        match_status
    from {{ ref('rec_invoices_psa_to_erp') }}

    union all

    select
        control_id,
        legal_entity_code,
        period_month,
        match_status
    from {{ ref('rec_unpriced_facts') }}

    union all

    select
        control_id,
        legal_entity_code,
        period_month,
        match_status
    from {{ ref('rec_expense_coding') }}

    union all

    select
        control_id,
        legal_entity_code,
        period_month,
        match_status
    from {{ ref('rec_postings_to_erp') }}
)

select distinct
    control_id,
    legal_entity_code,
    period_month
from compared
where match_status != 'matched'
