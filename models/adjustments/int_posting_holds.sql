-- Grain: one row per posting key that may not be posted: the first reason that stands
-- against it, and who clears it. What stands against a kind in an entity and month is in
-- seed posting_controls (which exceptions hold is in int_posting_exceptions, those of a table
-- that was not read in macro posting_roles too, what is made of it); all else is known
-- from policy and from the ERP's master data. What a role or a contract's terms are lacking
-- for is not known: nothing is posted for it, and nothing that was posted is taken back. A
-- balance that policy opens in a period to come waits for the period.
with

postings as (select * from {{ ref('int_postings_dimensioned') }}),

active_accounts as (
    select
        legal_entities.legal_entity_code,
        chart.account_number
    from {{ ref('dim_accounts') }} as chart
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on chart.source_instance = legal_entities.erp_instance
    where not chart.is_inactive
),

kind_needs as (
    {{ posting_needs() }}
),

kinds_lacking as (
    select
        kind_needs.kind,
        min(prerequisites.absence_reason) as absence_reason
    from kind_needs
    inner join {{ ref('dim_prerequisites') }} as prerequisites
        on kind_needs.prerequisite = prerequisites.prerequisite
    where not prerequisites.is_met
    group by kind_needs.kind
),

-- A revaluation is of all that an entity has open: with one balance not known, it is not.
unmeasured_balances as (
    select
        projects.legal_entity_code,
        min(unmeasured.absence_reason) as absence_reason
    from {{ ref('dim_projects_unmeasured') }} as unmeasured
    inner join {{ ref('dim_projects') }} as projects
        on unmeasured.project_key = projects.project_key
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on projects.legal_entity_code = legal_entities.legal_entity_code
        and legal_entities.is_unbilled_monetary
    where
        (unmeasured.is_unmeasured or unmeasured.is_billing_unknown)
        and projects.contract_currency_code != projects.functional_currency_code
    group by projects.legal_entity_code
),

controls_failed as (
    select
        postings.posting_key,
        min(posting_controls.control_id) as control_id
    from postings
    inner join {{ ref('posting_controls') }} as posting_controls
        on postings.kind = posting_controls.kind
    inner join {{ ref('int_controls_failed') }} as failed
        on posting_controls.control_id = failed.control_id
        and postings.legal_entity_code = failed.legal_entity_code
        and postings.period_month = failed.period_month
    group by postings.posting_key
),

judged as (
    select
        postings.posting_key,
        postings.owner,
        controls.owner as control_owner,
        coalesce(feeds.exception_owner, exceptions_found.exception_owner)
            as exception_owner,
        case
            when kinds_lacking.kind is not null then kinds_lacking.absence_reason
            when unmeasured.project_code is not null then unmeasured.absence_reason
            when unmeasured_balances.legal_entity_code is not null
                then unmeasured_balances.absence_reason
            when old_rates.legal_entity_code is not null then 'exchange rate too old'
            when not postings.has_policy then 'no policy'
            when postings.erp_subsidiary_id is null then 'legal entity has no ERP'
            when postings.project_code is not null and postings.erp_project_id is null
                then 'project unknown in ERP'
            when
                postings.credit_project_code is not null
                and postings.credit_erp_project_id is null
                then 'project unknown in ERP'
            when
                postings.project_code is not null
                and postings.erp_department_id is null
                and not coalesce(postings.is_without_dimensions, false)
                then 'missing department'
            when
                postings.desired_amount != 0 and postings.debit_account_number is null
                then 'no account for ' || coalesce(postings.debit_purpose, 'its debit')
            when
                postings.desired_amount != 0 and postings.credit_account_number is null
                then 'no account for ' || coalesce(postings.credit_purpose, 'its credit')
            when postings.desired_amount != 0 and debits.account_number is null
                then 'account ' || postings.debit_account_number || ' unknown or inactive in ERP'
            when postings.desired_amount != 0 and credits.account_number is null
                then 'account ' || postings.credit_account_number || ' unknown or inactive in ERP'
            when postings.period_month > as_of.as_of_date then 'period to come'
            when postings.period_id is null then 'period unknown'
            when postings.is_closed and postings.closed_period_action = 'hold'
                then 'period closed'
            when postings.posting_date is null then 'no open period'
            when not postings.is_closed and postings.open_period_action = 'hold'
                then 'held by policy'
            when feeds.kind is not null
                then 'exception: ' || replace(feeds.kind, '_', ' ')
            when exceptions_found.kind is not null
                then 'exception: ' || replace(exceptions_found.kind, '_', ' ')
            when controls_failed.control_id is not null
                then 'control ' || controls_failed.control_id || ' failed'
            when code_holds.posting_key is not null then code_holds.hold_reason
            when postings.policy_rate is null then 'exchange rate unknown'
            when
                abs(postings.desired_amount - postings.own_posted_amount)
                * postings.policy_rate > postings.limit_amount
                then 'above limit'
        end as hold_reason,
        controls_failed.control_id
    from postings
    cross join {{ ref('dim_as_of') }} as as_of
    left join kinds_lacking on postings.kind = kinds_lacking.kind
    left join {{ ref('dim_projects_unmeasured') }} as unmeasured
        on postings.project_code = unmeasured.project_code
        and (unmeasured.is_unmeasured or unmeasured.is_billing_unknown)
        and postings.revenue_effect is not null
    left join unmeasured_balances
        on postings.kind = 'fx_revaluation'
        and postings.legal_entity_code = unmeasured_balances.legal_entity_code
    left join {{ ref('int_revaluations_by_old_rates') }} as old_rates
        on postings.kind = 'fx_revaluation'
        and postings.legal_entity_code = old_rates.legal_entity_code
        and postings.period_month = old_rates.period_month
    left join active_accounts as debits
        on postings.legal_entity_code = debits.legal_entity_code
        and postings.debit_account_number = debits.account_number
    left join active_accounts as credits
        on postings.legal_entity_code = credits.legal_entity_code
        and postings.credit_account_number = credits.account_number
    left join {{ ref('int_feeds_holding') }} as feeds
        on postings.kind = feeds.posting_kind
        and postings.legal_entity_code = feeds.legal_entity_code
    left join {{ ref('int_project_code_holds') }} as code_holds
        on postings.posting_key = code_holds.posting_key
    left join {{ ref('int_posting_exceptions') }} as exceptions_found
        on postings.posting_key = exceptions_found.posting_key
    left join controls_failed on postings.posting_key = controls_failed.posting_key
    left join {{ ref('control_policies') }} as controls
        on controls_failed.control_id = controls.control_id
)

select
    posting_key,
    hold_reason,
    case
        when
            hold_reason in (
                'project unknown in ERP', 'project not in the PSA',
                'project posted under another code', 'missing department'
            )
            then 'PMO'
        when hold_reason like 'exception: %' then exception_owner
        when hold_reason like 'control %' then control_owner
        else coalesce(owner, 'Finance')
    end as hold_owner
from judged
where hold_reason is not null
