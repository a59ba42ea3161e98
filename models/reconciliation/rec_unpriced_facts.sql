-- Control C10. Grain: one row per approved fact or plan that has no amount because a
-- rate is missing (pay, order, bill, transfer or exchange rate, sold term) or that cannot
-- be given to anybody's hours. Until it is cleared it adds nothing, or adds beside the
-- hours, and says so here. What hours do not explain of a contractor's bills is in no
-- standard cost: on the left what was billed, on the right the hours at the order's rate.
-- What nobody can price for want of a whole system is no exception of a record: figures
-- are null with that reason.
with

stacked as (

    select
        'labour_cost:' || time_entry_key as difference_key,
        project_key,
        period_month,
        'missing_cost_rate' as reason
    from {{ ref('fct_labour_costs') }}
    where
        (cost_amount is null or provisional_amount is null)
        and {{ has_role('hr') }}
        and (cost_rate is null or {{ has_role('erp') }})

    union all

    select
        'subcontractor_cost:' || cost_key as difference_key,
        project_key,
        period_month,
        'missing_order_rate' as reason
    from {{ ref('fct_subcontractor_costs') }}
    where
        cost_amount is null
        and {{ has_role('spend') }}
        and (hourly_rate is null or {{ has_role('erp') }})

    union all

    -- a bill whose contractor is unknown may cost beside the hours it is for
    select
        'vendor_bill:' || bills.vendor_bill_key as difference_key,
        bills.project_key,
        {{ period_start('periods', month_end('bills.service_month')) }} as period_month,
        case
            when bills.project_key is null then 'bill_without_project'
            else 'bill_of_unknown_contractor'
        end as reason
    from {{ ref('fct_vendor_bills') }} as bills
    {{ join_period('periods', 'bills.legal_entity_code', month_end('bills.service_month')) }}
    where
        (bills.project_key is null or (bills.resource_key is null and not bills.is_goods))
        and {{ has_role('spend') }}

    union all

    -- no standard rate can cost what is not by the hour
    select
        'contractor_bill:' || vendor_bill_key || ':' || cast(period_month as varchar)
            as difference_key,
        project_key,
        period_month,
        reason
    from {{ ref('int_bills_without_hours') }}
    where resource_key is not null and {{ has_role('spend') }}

    union all

    select
        'expense:' || source_instance || ':' || expense_line_id as difference_key,
        project_key,
        period_month,
        'missing_exchange_rate' as reason
    from {{ ref('fct_expense_costs') }}
    where cost_amount is null and {{ has_role('erp') }}

    union all

    select
        'time_value:' || source_instance || ':' || time_entry_id as difference_key,
        project_key,
        period_month,
        'missing_bill_rate' as reason
    from {{ ref('fct_time_values') }}
    where
        billable_value_amount is null
        and (contract_billable_amount is null or {{ has_role('erp') }})

    union all

    select
        'invoice:' || source_instance || ':' || invoice_id as difference_key,
        project_key,
        period_month,
        'missing_exchange_rate' as reason
    from {{ ref('int_invoices_translated') }}
    where billed_amount is null and {{ has_role('erp') }}

    union all

    select
        'allocation:' || allocation_key as difference_key,
        project_key,
        period_month,
        'missing_planned_rate' as reason
    from {{ ref('int_allocations_priced') }}
    where
        not is_priced
        and {{ has_role('hr') }}
        and {{ has_role('spend') }}
        and {{ has_role('erp') }}

    union all

    select
        'obligation:' || project_code || ':' || obligation_code as difference_key,
        project_key,
        cast(null as date) as period_month,
        'missing_sold_terms' as reason
    from {{ ref('dim_obligations') }} as obligations
    where {{ lacks_terms('obligations') }} and {{ has_role('crm') }}

    union all

    select
        'modification:' || changes.source_instance || ':' || changes.source_id
            as difference_key,
        changes.project_key,
        {{ period_start('periods', 'changes.effective_date') }} as period_month,
        'modification_of_unknown_project' as reason
    from {{ ref('fct_contract_modifications') }} as changes
    left join {{ ref('dim_projects') }} as projects
        on changes.project_key = projects.project_key
    {{ join_period('periods', 'projects.legal_entity_code', 'changes.effective_date') }}
    where changes.obligation_key is null

    union all

    select
        'purchase_cost:' || commitment_key || ':' || cast(cost_date as varchar)
            as difference_key,
        project_key,
        period_month,
        'missing_exchange_rate' as reason
    from {{ ref('fct_purchase_costs') }}
    where cost_amount is null and {{ has_role('erp') }}

    union all

    select
        'intercompany_charge:' || time_entry_key as difference_key,
        project_key,
        period_month,
        'missing_transfer_price' as reason
    from {{ ref('fct_intercompany_charges') }}
    where charge_amount is null and cost_amount is not null and {{ has_role('erp') }}

    union all

    select
        'revaluation:' || item_type || ':' || item_number || ':'
        || cast(period_month as varchar) as difference_key,
        cast(null as varchar) as project_key,
        period_month,
        'missing_exchange_rate' as reason
    from {{ ref('fct_fx_revaluations') }}
    where revaluation_amount is null and {{ has_role('erp') }}

)

select
    cast('C10' as varchar) as control_id,
    stacked.difference_key,
    projects.legal_entity_code,
    stacked.period_month,
    projects.project_code,
    bills.billed_amount as left_amount,
    bills.accrued_amount as right_amount,
    cast(bills.billed_amount - bills.accrued_amount as decimal(18, 4))
        as difference_amount,
    projects.functional_currency_code as currency_code,
    'unpriced' as match_status,
    stacked.reason,
    policies.owner,
    stacked.difference_key as source_ids
from stacked
left join {{ ref('dim_projects') }} as projects
    on stacked.project_key = projects.project_key
left join {{ ref('int_bills_without_hours') }} as bills
    on stacked.difference_key
    = 'contractor_bill:' || bills.vendor_bill_key || ':' || cast(bills.period_month as varchar)
inner join {{ ref('int_control_applicability') }} as policies
    on policies.control_id = 'C10' and policies.is_applicable
