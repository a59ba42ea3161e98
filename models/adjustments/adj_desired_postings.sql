-- Grain: one row per posting key: what the ERP should hold under it, or what Tieout has
-- posted under it, and whether more may be posted. Tieout's own postings are not
-- deducted from what is desired: reverse sync compares them with it.
select
    postings.posting_key,
    postings.kind,
    postings.legal_entity_code,
    postings.target_instance,
    postings.target_vendor,
    postings.erp_subsidiary_id,
    postings.project_code,
    postings.erp_project_id,
    postings.credit_erp_project_id,
    postings.erp_department_id,
    postings.period_month,
    postings.period_id,
    case
        when postings.is_closed then 'closed' when not postings.is_closed then 'open'
    end as period_state,
    postings.posting_period_month,
    postings.posting_date,
    postings.currency_code,
    postings.debit_account_number,
    postings.credit_account_number,
    cast(postings.desired_amount as decimal(18, 4)) as desired_amount,
    cast(postings.raised_amount as decimal(18, 4)) as raised_amount,
    cast(postings.desired_hours as decimal(18, 2)) as desired_hours,
    cast(postings.own_posted_amount as decimal(18, 4)) as own_posted_amount,
    cast(postings.desired_amount - postings.own_posted_amount as decimal(18, 4))
        as unposted_amount,
    postings.correction_policy,
    case when holds.posting_key is null then 'post' else 'hold' end as policy_action,
    holds.hold_reason,
    holds.hold_owner,
    postings.policy_currency_code,
    cast(postings.policy_rate as decimal(18, 8)) as policy_rate,
    postings.approval_threshold_amount,
    cast(coalesce(postings.approvals_needed, 0) as integer) as approvals_needed,
    postings.limit_amount,
    postings.take_back_rate,
    cast(postings.source_entry_count as bigint) as source_entry_count,
    {{ entity_key('posting', ['postings.posting_key']) }} as correlation_id
from {{ ref('int_postings_dimensioned') }} as postings
left join {{ ref('int_posting_holds') }} as holds
    on postings.posting_key = holds.posting_key
