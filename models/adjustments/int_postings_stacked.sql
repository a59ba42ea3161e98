-- Grain: as the kinds': their rows, one below the other. A new kind enters here.
select * from {{ ref('adj_labour_cost_accrual') }}

union all

select * from {{ ref('adj_labour_cost_true_up') }}

union all

select * from {{ ref('adj_burden_allocation') }}

union all

select * from {{ ref('adj_subcontractor_accrual') }}

union all

select * from {{ ref('adj_expense_to_project') }}

union all

select * from {{ ref('adj_revenue_accrual') }}

union all

select * from {{ ref('adj_revenue_deferral') }}

union all

select * from {{ ref('adj_fulfilment_cost') }}

union all

select * from {{ ref('adj_fx_revaluation') }}

union all

select * from {{ ref('adj_intercompany') }}

union all

select * from {{ ref('adj_cost_reclassification') }}

union all

select * from {{ ref('adj_booked_by_others') }}
