-- Grain: one row per posting key that is desired or that Tieout has posted under, with
-- its policy, its place in the ERP's books and the period that takes it. Without an ERP
-- nothing is desired.
with

keyed as (
    select
        coalesce(desired.posting_key, own_postings.posting_key) as posting_key,
        coalesce(desired.kind, own_postings.kind) as kind,
        coalesce(desired.legal_entity_code, own_postings.legal_entity_code)
            as legal_entity_code,
        coalesce(desired.project_code, own_postings.project_code) as project_code,
        coalesce(desired.period_month, own_postings.period_month) as period_month,
        desired.credit_project_code,
        coalesce(desired.currency_code, own_postings.currency_code) as currency_code,
        desired.debit_account,
        desired.credit_account,
        coalesce(desired.desired_amount, 0) as desired_amount,
        coalesce(desired.raised_amount, 0) as raised_amount,
        coalesce(desired.desired_hours, 0) as desired_hours,
        coalesce(desired.source_entry_count, 0) as source_entry_count,
        own_postings.own_posted_amount,
        own_postings.posting_key is not null as is_posted
    from {{ ref('int_postings_at_grain') }} as desired
    full outer join {{ ref('int_own_postings') }} as own_postings
        on desired.posting_key = own_postings.posting_key
)

select
    keyed.posting_key,
    keyed.kind,
    keyed.legal_entity_code,
    legal_entities.erp_instance as target_instance,
    case
        when legal_entities.erp_instance is not null then legal_entities.source_system
    end as target_vendor,
    legal_entities.erp_subsidiary_id,
    not legal_entities.has_dimensions as is_without_dimensions,
    keyed.project_code,
    projects.erp_project_id,
    keyed.credit_project_code,
    credit_projects.erp_project_id as credit_erp_project_id,
    projects.erp_department_id,
    keyed.period_month,
    periods.period_id,
    periods.is_closed,
    case
        when periods.is_closed and policies.closed_period_action = 'delta_in_open_period'
            then periods.taker_month
        else keyed.period_month
    end as posting_period_month,
    case
        when periods.is_closed and policies.closed_period_action = 'delta_in_open_period'
            then periods.taker_end_date
        else periods.end_date
    end as posting_date,
    coalesce(keyed.currency_code, legal_entities.currency_code) as currency_code,
    kinds.debit_purpose,
    kinds.credit_purpose,
    kinds.revenue_effect,
    coalesce(keyed.debit_account, debits.account_number) as debit_account_number,
    coalesce(keyed.credit_account, credits.account_number) as credit_account_number,
    keyed.desired_amount,
    keyed.raised_amount,
    keyed.desired_hours,
    coalesce(keyed.own_posted_amount, 0) as own_posted_amount,
    policies.kind is not null as has_policy,
    policies.open_period_action,
    policies.closed_period_action,
    policies.correction_policy,
    policies.currency_code as policy_currency_code,
    case
        when policies.currency_code = coalesce(keyed.currency_code, legal_entities.currency_code)
            then 1
        else rates.closing_rate
    end as policy_rate,
    policies.approval_threshold_amount,
    policies.approvals_needed,
    policies.limit_amount,
    policies.take_back_rate,
    policies.owner,
    keyed.source_entry_count
from keyed
left join {{ ref('posting_policies') }} as policies
    on keyed.kind = policies.kind
    and keyed.legal_entity_code = policies.legal_entity_code
left join {{ ref('posting_kinds') }} as kinds on keyed.kind = kinds.kind
left join {{ ref('int_account_purposes') }} as debits
    on keyed.legal_entity_code = debits.legal_entity_code
    and kinds.debit_purpose = debits.purpose
left join {{ ref('int_account_purposes') }} as credits
    on keyed.legal_entity_code = credits.legal_entity_code
    and kinds.credit_purpose = credits.purpose
left join {{ ref('dim_legal_entities') }} as legal_entities
    on keyed.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('int_projects_booked') }} as projects
    on legal_entities.erp_instance = projects.erp_instance
    and keyed.project_code = projects.project_code
left join {{ ref('int_projects_booked') }} as credit_projects
    on legal_entities.erp_instance = credit_projects.erp_instance
    and keyed.credit_project_code = credit_projects.project_code
left join {{ ref('int_open_periods') }} as periods
    on keyed.legal_entity_code = periods.legal_entity_code
    and keyed.period_month = periods.period_month
left join {{ ref('dim_fx_period_rates') }} as rates
    on keyed.currency_code = rates.from_currency_code
    and policies.currency_code = rates.to_currency_code
    and keyed.period_month = rates.period_month
    and periods.end_date = rates.period_end_date
where (keyed.desired_amount != 0 and {{ has_role('erp') }}) or keyed.is_posted
