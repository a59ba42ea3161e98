-- Grain: one row per live record of CRM, PSA or ERP that is a project, and per deleted
-- project of a PSA, whose past stays where it was while no live one claims its code: what is
-- gone is not nothing. Records of one code are one project: a PSA's or ERP's within each
-- instance; won deals, of all CRMs, where one customer signed them, else those of the
-- customer that the PSA delivers to. A code that two PSAs claim is two projects: the one
-- claimed first keeps it. A deal that names it
-- belongs to the one of its customer (who sells need not deliver), a job to the one of its
-- legal entity; where that tells nothing, to neither, until an override says to which.
with

records as (select * from {{ ref('int_project_records') }}),

claims as (select * from {{ ref('int_project_codes_claimed') }}),

claims_by_sign as (select * from {{ ref('int_project_codes_signed') }}),

contested as (
    select project_code
    from claims
    where nth = 2
),

named as (
    select
        records.*,
        contested.project_code is not null and not records.is_overridden
            as is_contested,
        coalesce(own.nth, signed.nth) as nth,
        case
            when coalesce(own.nth, signed.nth) > 1
                then
                    coalesce(own.source_instance, signed.source_instance)
                    || ':' || records.claimed_project_code
            when
                records.is_overridden
                or contested.project_code is null
                or coalesce(own.nth, signed.nth) = 1
                then records.claimed_project_code
        end as project_code
    from records
    left join contested on records.claimed_project_code = contested.project_code
    left join claims as own
        on records.role = 'psa'
        and not records.is_overridden
        and records.claimed_project_code = own.project_code
        and records.source_instance = own.source_instance
    left join claims_by_sign as signed
        on records.role = signed.role
        and not records.is_overridden
        and records.claimed_project_code = signed.project_code
        and records.sign = signed.sign
),

claimed as (
    select
        *,
        sum(case when is_deleted then 0 else 1 end) over one_code as claims_count,
        sum(case when is_deleted then 0 else 1 end) over (partition by role, project_code)
            as live_count,
        count(customer) over one_code as customers_count,
        coalesce(min(customer) over one_code = max(customer) over one_code, false)
            as is_of_one_customer
    from named
    window one_code as (
        partition by
            role, case when role != 'crm' then source_instance end, project_code
    )
),

-- For whom the PSA delivers a project, where that is one customer.
delivered as (
    select
        project_code,
        min(customer) as customer
    from named
    where role = 'psa' and project_code is not null and not is_deleted
    group by project_code
    having min(customer) = max(customer)
),

linked as (
    select
        claimed.*,
        delivered.customer as delivered_customer,
        case
            when
                claimed.is_deleted and claimed.live_count = 0
                or not claimed.is_deleted and claimed.claims_count = 1
                then claimed.project_code
            when claimed.role != 'crm' then null
            when
                claimed.is_of_one_customer
                and claimed.customers_count = claimed.claims_count
                then claimed.project_code
            when claimed.customer = delivered.customer then claimed.project_code
        end as linked_project_code
    from claimed
    left join delivered on claimed.project_code = delivered.project_code
),

projects as (
    select
        linked_project_code,
        count(distinct role) as roles_count
    from linked
    where linked_project_code is not null and not is_deleted
    group by linked_project_code
)

select
    linked.role,
    linked.source_system,
    linked.source_instance,
    linked.record_id,
    linked.linked_project_code as project_code,
    linked.claimed_project_code,
    case
        when linked.is_deleted then 'deleted'
        when projects.roles_count > 1 then 'matched'
        when projects.roles_count = 1 or linked.claimed_project_code is null then 'unmatched'
        else 'ambiguous'
    end as match_status,
    case
        when linked.linked_project_code is null then null
        when linked.is_overridden then 'override'
        when
            linked.role = 'crm'
            and (linked.is_contested or not linked.is_of_one_customer)
            and (linked.is_contested or linked.claims_count > 1)
            then 'project_code_of_customer'
        when linked.role = 'erp' and linked.is_contested then 'project_code_of_entity'
        when linked.nth > 1 then 'project_code_of_instance'
        else 'project_code'
    end as match_rule,
    case
        when
            linked.role != 'crm'
            or linked.linked_project_code is not null
            or linked.project_code is null
            then false
        when
            linked.customer is not null
            and (not linked.is_of_one_customer or linked.customer != linked.delivered_customer)
            then true
    end as is_of_other_customer,
    linked.linked_project_code is not null
    and row_number() over (
        partition by linked.role, linked.linked_project_code
        order by
            linked.is_deleted,
            linked.close_date nulls last,
            linked.source_instance nulls last,
            linked.record_id nulls last
    ) = 1 as is_master
from linked
left join projects on linked.linked_project_code = projects.linked_project_code
