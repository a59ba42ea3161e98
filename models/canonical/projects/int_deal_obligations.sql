-- Grain: one row per won deal of a project and obligation it adds to: each of its products,
-- or the whole deal where it lists none; a project without a deal is one row. The deal's
-- price is shared out by what each cost alone when it was sold (ASC 606-10-32-31), without a
-- remainder. What is won later for an obligation that is promised already changes it. Work
-- cannot be told apart without products, so deals of one contract type are one obligation
-- then; but what is earned by time alone is one each, over its own term.
with

projects as (select * from {{ ref('dim_projects') }}),

lines as (
    select
        deal_lines.source_instance,
        deal_lines.deal_id,
        deal_lines.obligation_code,
        min(deal_lines.contract_type) as contract_type,
        min(deal_lines.line_name) as obligation_name,
        min(deal_lines.service_start_date) as service_start_date,
        max(deal_lines.service_end_date) as service_end_date,
        sum(deal_lines.included_hours) as included_hours,
        sum(
            coalesce(
                coalesce(alone.list_price_amount, deal_lines.list_price_amount)
                * deal_lines.quantity,
                deal_lines.total_price_amount
            )
        ) as alone_amount
    from {{ ref('crm_deal_lines') }} as deal_lines
    left join {{ ref('int_stand_alone_prices') }} as alone
        on deal_lines.source_instance = alone.source_instance
        and deal_lines.deal_line_id = alone.deal_line_id
    where not deal_lines.is_deleted and deal_lines.obligation_code is not null
    group by deal_lines.source_instance, deal_lines.deal_id, deal_lines.obligation_code
),

stated as (
    select
        projects.project_key,
        projects.project_code,
        deals.source_system,
        deals.source_instance,
        deals.source_id,
        deals.source_version,
        deals.deal_id,
        coalesce(deals.deal_number, 1) as deal_number,
        deals.deal_name,
        deals.effective_date,
        coalesce(deals.is_without_rate, false) as is_without_rate,
        case
            when lines.obligation_code is not null then lines.obligation_code
            when
                coalesce(deals.deal_number, 1) = 1
                or deals.contract_type = projects.contract_type
                and coalesce(own_policies.method, policies.method, '') != 'straight_line'
                then '01'
            else lpad(cast(deals.deal_number as varchar), 2, '0')
        end as obligation_code,
        coalesce(lines.obligation_name, projects.project_name) as obligation_name,
        coalesce(lines.contract_type, deals.contract_type, projects.contract_type)
            as contract_type,
        projects.contract_currency_code,
        coalesce(
            lines.service_start_date, deals.service_start_date, projects.service_start_date
        ) as service_start_date,
        coalesce(
            lines.service_end_date, deals.service_end_date, projects.service_end_date
        ) as service_end_date,
        cast(round(lines.included_hours * 60, 0) as bigint) as included_minutes,
        case when deals.deal_id is null then projects.price_amount else deals.price_amount end
            as price_amount,
        deals.cap_amount,
        {{ whole_weight('coalesce(lines.alone_amount, 0)') }} as alone_weight
    from projects
    left join {{ ref('int_contract_deals') }} as deals
        on projects.project_code = deals.project_code
    left join lines
        on deals.source_instance = lines.source_instance
        and deals.deal_id = lines.deal_id
    left join {{ ref('revenue_policies') }} as own_policies
        on projects.legal_entity_code = own_policies.legal_entity_code
        and deals.contract_type = own_policies.contract_type
    left join {{ ref('revenue_policies') }} as policies
        on policies.legal_entity_code = '*'
        and deals.contract_type = policies.contract_type
),

weighed as (
    select
        *,
        case
            when sum(alone_weight) over (partition by project_key, deal_number) = 0 then 1
            else alone_weight
        end as weight,
        max(case when effective_date is null then 1 else 0 end) over (
            partition by project_key, obligation_code
        ) = 1 as is_promised_first,
        max(case when effective_date is null then service_end_date end) over (
            partition by project_key, obligation_code
        ) as first_end_date
    from stated
),

priced as (
    {{ allocate_amount(
        'weighed', key=['project_key', 'deal_number'], amount='price_amount',
        weight='weight', ties=['obligation_code'], currency='contract_currency_code'
    ) }}
)

select
    project_key,
    project_code,
    source_system,
    source_instance,
    source_id,
    source_version,
    deal_id,
    cast(deal_number as integer) as deal_number,
    deal_name,
    obligation_code,
    obligation_name,
    contract_type,
    effective_date,
    effective_date is not null and is_promised_first as is_change,
    service_start_date,
    service_end_date,
    case when service_end_date > first_end_date then service_end_date end
        as extended_end_date,
    contract_currency_code,
    included_minutes,
    cast(allocated_amount as decimal(18, 4)) as price_amount,
    case
        when
            row_number() over (
                partition by project_key, deal_number order by obligation_code nulls last
            ) = 1
            then cap_amount
    end as cap_amount,
    is_without_rate
from priced
