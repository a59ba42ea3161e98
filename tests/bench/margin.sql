-- mart_project_margin_monthly from the raw tables and the seeds, in one script: what
-- somebody would write who wants this mart and nothing else. Expects the landed database
-- attached as «land» and the variable «seeds», the folder of the policies. Keys are the
-- sources' own ids; only what the mart needs is carried. Leaves the table `margin`.
-- It states no exceptions, and these rules not at all: target prices, percentages entered,
-- caps on several obligations, hours sold otherwise than worked, bonuses and corrections of
-- pay, absence beyond a day, people hired again, fiscal calendars, currencies without cents.

-- Division rounded half away from zero, in whole numbers: doubles would lose cents.
create temp macro quotient(n, d) as
    sign(n) * sign(d) * ((2 * abs(n::hugeint) + abs(d::hugeint)) // nullif(2 * abs(d::hugeint), 0));
create temp macro e12(x) as ((x)::decimal(38, 12) * 1000000000000)::hugeint;
create temp macro ratio2(a, b) as (quotient(e12(a) * 100, e12(b))::decimal(28, 0) * 0.01::decimal(3, 2))::decimal(28, 2);
create temp macro ratio4(a, b) as (quotient(e12(a) * 10000, e12(b))::decimal(28, 0) * 0.0001::decimal(5, 4))::decimal(28, 4);
create temp macro ratio6(a, b) as (quotient(e12(a) * 1000000, e12(b))::decimal(28, 0) * 0.000001::decimal(7, 6))::decimal(28, 6);
create temp macro ratio8(a, b) as (quotient(e12(a) * 100000000, e12(b))::decimal(28, 0) * 0.00000001::decimal(9, 8))::decimal(28, 8);
create temp macro ratio10(a, b) as (quotient(e12(a) * 10000000000, e12(b))::decimal(28, 0) * 0.0000000001::decimal(11, 10))::decimal(28, 10);
create temp macro at_rate(minutes, rate, factor) as (
    quotient((rate::decimal(18, 6) * 1000000)::hugeint * (factor::decimal(9, 6) * 1000000)::bigint * minutes, 600000000000)
    ::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 4);
create temp macro translated(amount, f, t, fx) as
    case when f = t then amount else round((amount)::decimal(19, 4) * fx, 2)::decimal(18, 4) end;
create temp macro month_of(d) as date_trunc('month', d)::date;
create temp macro served(by_days, a, b, d) as case
    when least(d, b) < a then 0
    when by_days then least(d, b) - a + 1
    else 1000000 * date_diff('month', month_of(a), month_of(least(d, b)))
        - case when a > month_of(a) and month_of(least(d, b)) > month_of(a) then 500000 else 0 end
        + round((case when a <= month_of(least(d, b)) and b >= last_day(least(d, b)) then 1000000 else 500000 end)::decimal(18, 4)
            * (least(d, b) - greatest(a, month_of(least(d, b))) + 1)
            / (least(b, last_day(least(d, b))) - greatest(a, month_of(least(d, b))) + 1), 4) end;
create temp macro open_end(d) as coalesce(d, date '9999-12-31');
create temp macro current(t) as table
    select * from query_table(t)
    qualify row_number() over (partition by source_instance, _key order by _version desc) = 1;
create temp macro live(t) as table
    select * from current(t) where not coalesce(_deleted, false);
create temp macro seed(name) as table
    select * from read_csv(getvariable('seeds') || '/' || name || '.csv', all_varchar = true, header = true);

-- Entities, currencies, rates of exchange -------------------------------------------
create temp table as_of as select max(as_of_date)::date as d from land.raw._landings;
create temp table currencies as
    select source_instance, id::varchar as id, symbol::varchar as code from current('land.raw.netsuite__currencies');
create temp table subsidiaries as
    select *, coalesce(_deleted, false) as gone from current('land.raw.netsuite__subsidiaries');
create temp table entities as
    select s.source_instance, s.external_id::varchar as entity, s.id::varchar as subsidiary_id,
        s.country::varchar as country, c.code as currency, p.region,
        p.annual_standard_hours::decimal(9, 2) as annual_hours
    from subsidiaries s
    left join currencies c on c.source_instance = s.source_instance and c.id = s.currency::varchar
    left join seed('legal_entity_policies') p on p.legal_entity_code = s.external_id
    where s.external_id is not null and not s.gone;
create temp table fx as
    with r as (
        select a.code as f, b.code as t, x.effective_date::date as d, x.exchange_rate::decimal(18, 8) as rate
        from live('land.raw.netsuite__currency_rates') x
        join currencies a on a.source_instance = x.source_instance and a.id = x.transaction_currency::varchar
        join currencies b on b.source_instance = x.source_instance and b.id = x.base_currency::varchar
        where coalesce(x.rate_type, '1') = '1' -- no averages
        qualify row_number() over (partition by f, t, d order by length(x.id::varchar) desc, x.id::varchar desc) = 1
    )
    select f, t, d as valid_from, lead(d, 1, date '9999-12-31') over (partition by f, t order by d) as valid_to, rate
    from r;

-- Who is who: customers, projects, people --------------------------------------------
create temp table overrides as select * from seed('crosswalk_overrides');
create temp table fields as
    select source_instance, lower(replace(subject_type, '_', '')) as subject_type,
        subject_id::varchar as subject_id, custom_field_name as field,
        nullif(trim("value"), '') as v
    from live('land.raw.kantata__custom_field_values');
create temp table opportunities as
    select *, coalesce(_deleted, false) as gone, coalesce(lower("type") = 'amendment', false) as amendment,
        coalesce(is_won, false) as won
    from current('land.raw.salesforce__opportunities');
create temp table workspaces as
    select *, coalesce(_deleted, false) as gone from current('land.raw.kantata__workspaces');
create temp table jobs as
    select *, coalesce(_deleted, false) as gone from current('land.raw.netsuite__projects');
create temp table accounts as
    select *, coalesce(_deleted, false) as gone from current('land.raw.salesforce__accounts');
create temp table erp_customers as
    select *, coalesce(_deleted, false) as gone from current('land.raw.netsuite__customers');

create temp table customer_of as
    with a as (
        select source_instance, id::varchar as id, nullif(upper(trim(account_number)), '') as n from accounts where not gone
    ), g as (
        select g.source_instance, g.id::varchar as id, max(a.n) as n
        from live('land.raw.kantata__workspace_groups') g
        left join (select source_instance, subject_id, max(v) as v from fields
                where subject_type = 'workspacegroup' and field = 'CRM Account ID' group by all) f
            on f.source_instance = g.source_instance and f.subject_id = g.id::varchar
        left join a on substr(a.id, 1, 15) = substr(f.v, 1, 15)
        group by all
    ), r as (
        select 'salesforce' as sys, * from a
        union all select 'kantata', * from g
        union all select 'netsuite', source_instance, id::varchar, nullif(upper(trim(entity_id)), '') from erp_customers where not gone
    )
    select r.sys, r.source_instance, r.id, coalesce(o.canonical_id, r.n) as number
    from r left join overrides o on o.entity_type = 'customer' and o.source_system = r.sys
        and o.source_instance = r.source_instance and o.source_id = r.id
    where coalesce(o.canonical_id, r.n) is not null
    qualify count(*) over (partition by r.sys, coalesce(o.canonical_id, r.n)) = 1;

create temp table coded as
    with r as (
        select 'salesforce' as sys, source_instance, id::varchar as id, project_code as code
        from opportunities where won and not amendment and not gone
        union all
        select 'kantata', w.source_instance, w.id::varchar, f.v from workspaces w
        left join (select source_instance, subject_id, max(v) as v from fields
                where subject_type = 'workspace' and field = 'Project Code' group by all) f
            on f.source_instance = w.source_instance and f.subject_id = w.id::varchar
        where not w.gone
        union all
        select 'netsuite', source_instance, id::varchar, entity_id from jobs where not gone
    )
    select r.sys, r.source_instance, r.id, coalesce(o.canonical_id, nullif(upper(trim(r.code)), '')) as code
    from r left join overrides o on o.entity_type = 'project' and o.source_system = r.sys
        and o.source_instance = r.source_instance and o.source_id = r.id;
create temp table project_of as
    select * from coded where code is not null
    qualify count(*) over (partition by sys, code) = 1;

create temp table workers as
    select source_instance, nullif(trim(employee_id), '') as employee, employee_pseudonym as pseudonym,
        lower(trim(work_email)) as email, pay_group, payroll_file_pseudonym as file, full_name,
        case when lower(worker_type) = 'contingent worker' then 'contingent' else lower(worker_type) end as worker_type,
        hire_date::date as hire_date, termination_date::date as termination_date
    from live('land.raw.workday__workers');
create temp table users as
    select source_instance, id::varchar as id, full_name, lower(trim(email_address)) as email, coalesce(_deleted, false) as gone
    from current('land.raw.kantata__users');
create temp table person_of as
    with r as (
        select 'kantata' as sys, u.source_instance, u.id, coalesce(f.v, m.employee) as employee
        from users u
        left join (select source_instance, subject_id, max(v) as v from fields
                where subject_type = 'user' and field = 'Employee ID' group by all) f
            on f.source_instance = u.source_instance and f.subject_id = u.id
        left join (select email, max(employee) as employee from workers where email is not null
                group by email having count(*) = 1) m on m.email = u.email
        where not u.gone
        union all
        select 'adp', a.source_instance, a.associate_pseudonym, p.employee
        from live('land.raw.adp__workers') a
        left join (select pay_group, file, max(employee) as employee from workers where file is not null
                group by all having count(*) = 1) p
            on p.pay_group = a.payroll_group_code and p.file = a.payroll_file_pseudonym
    ), decided as (
        select r.sys, r.source_instance, r.id, coalesce(o.canonical_id, r.employee) as employee
        from r left join overrides o on o.entity_type = 'resource' and o.source_system = r.sys
            and o.source_instance = r.source_instance and o.source_id = r.id
    )
    select *, count(*) over (partition by sys, employee) = 1 as sole from decided where employee is not null;
create temp table people as
    with n as (select employee from workers where employee is not null union select employee from person_of)
    select n.employee, w.pseudonym, w.worker_type, w.hire_date, w.termination_date,
        coalesce(w.full_name, u.full_name) as name
    from n left join workers w using (employee)
    left join person_of p on p.sys = 'kantata' and p.sole and p.employee = n.employee
    left join users u on u.source_instance = p.source_instance and u.id = p.id;
delete from person_of where not sole;

-- Projects, what was sold, tasks -----------------------------------------------------
create temp table departments as
    select source_instance, id::varchar as id, external_id::varchar as practice from current('land.raw.netsuite__departments');
create temp table projects as
    with organisation as (
        select source_instance, subject_id,
            max(v) filter (field = 'Legal Entity') as entity,
            max(v) filter (field = 'Practice') as practice,
            (max(v) filter (field = 'Expense Budget'))::decimal(18, 4) as budget
        from fields where subject_type = 'workspace' group by all
    ), codes as (select distinct code from coded where code is not null),
    joined as (
        select c.code, ps.id as crm_id, pp.id as psa_id,
            coalesce(cs.number, cp.number, cj.number) as customer,
            coalesce(w.title, j.company_name, s.name) as name,
            coalesce(o.entity, upper(s.legal_entity), su.external_id) as entity,
            coalesce(o.practice, upper(s.practice), d.practice) as practice,
            case when ps.id is null then 'non_billable' else lower(s.contract_type) end as contract_type,
            coalesce(upper(s.currency_iso_code), upper(w.currency), cu.code) as contract_currency,
            m.employee as manager,
            coalesce(s.service_start::date, w.start_date::date) as service_start,
            coalesce(s.service_end::date, w.due_date::date) as service_end,
            s.fee_rate::decimal(18, 6) as fee_rate, s.amount::decimal(18, 4) as price,
            s.cap_amount::decimal(18, 4) as cap, s.fee_ceiling::decimal(18, 4) as fee_ceiling, o.budget
        from codes c
        left join project_of ps on ps.sys = 'salesforce' and ps.code = c.code
        left join opportunities s on s.source_instance = ps.source_instance and s.id = ps.id
        left join customer_of cs on cs.sys = 'salesforce' and cs.source_instance = s.source_instance and cs.id = s.account_id::varchar
        left join project_of pp on pp.sys = 'kantata' and pp.code = c.code
        left join workspaces w on w.source_instance = pp.source_instance and w.id::varchar = pp.id
        left join organisation o on o.source_instance = pp.source_instance and o.subject_id = pp.id
        left join customer_of cp on cp.sys = 'kantata' and cp.source_instance = w.source_instance and cp.id = w.primary_workspace_group_id::varchar
        left join person_of m on m.sys = 'kantata' and m.source_instance = w.source_instance and m.id = w.primary_maven_id::varchar
        left join project_of pj on pj.sys = 'netsuite' and pj.code = c.code
        left join jobs j on j.source_instance = pj.source_instance and j.id::varchar = pj.id
        left join subsidiaries su on su.source_instance = j.source_instance and su.id = j.subsidiary
        left join departments d on d.source_instance = j.source_instance and d.id = j.department::varchar
        left join currencies cu on cu.source_instance = j.source_instance and cu.id = j.currency::varchar
        left join customer_of cj on cj.sys = 'netsuite' and cj.source_instance = j.source_instance and cj.id = j.customer::varchar
    )
    select joined.* exclude (contract_currency), coalesce(contract_currency, e.currency) as contract_currency,
        e.currency, e.region
    from joined left join entities e using (entity);

-- A price is shared out to the cent: whole cents, the rest to the largest remainders.
create temp table obligations as
    with lines as (
        select p.code, l.obligation, min(lower(l.contract_type)) as contract_type,
            min(l.service_start::date) as service_start, max(l.service_end::date) as service_end,
            sum(l.included_hours::decimal(9, 2)) as hours,
            sum(coalesce(l.list_price::decimal(18, 4) * coalesce(l.quantity, 1)::decimal(18, 4), l.total_price::decimal(18, 4))) as alone
        from live('land.raw.salesforce__opportunity_lines') l
        join project_of p on p.sys = 'salesforce' and p.source_instance = l.source_instance and p.id = l.opportunity_id::varchar
        where l.obligation is not null group by all
    ), stated as (
        select p.code, coalesce(l.obligation, '01') as obligation, p.entity,
            coalesce(l.contract_type, p.contract_type) as contract_type, p.contract_currency, p.currency,
            coalesce(l.service_start, p.service_start) as service_start, coalesce(l.service_end, p.service_end) as service_end,
            round(l.hours * 60, 0)::bigint as included_minutes, p.price, p.cap, p.fee_rate, p.fee_ceiling,
            round(coalesce(l.alone, 0) * 100, 0)::bigint as alone,
            row_number() over (partition by p.code order by coalesce(l.obligation, '01')) = 1 as is_first
        from projects p left join lines l using (code)
    ), weighed as (
        select *, case when sum(alone) over (partition by code) = 0 then 1 else alone end as w,
            round(abs(price) * 100, 0)::bigint as cents from stated
    ), based as (
        select *, (cents * w // sum(w) over (partition by code))::bigint as base, cents * w % sum(w) over (partition by code) as rest from weighed
    ), priced as (
        select *, case when price < 0 then -1 else 1 end * (base + case when
            row_number() over (partition by code order by rest desc nulls last, obligation) <= cents - sum(base) over (partition by code)
            then 1 else 0 end) as got from based
    )
    select p.code || ':' || p.obligation as obl, p.code, p.obligation, p.is_first, p.service_start, p.service_end,
        coalesce(o.method, own.method, every.method) as method,
        coalesce(o.modification_treatment, own.modification_treatment, every.modification_treatment) as treatment,
        coalesce(o.straight_line_basis, own.straight_line_basis, every.straight_line_basis, 'months') = 'days' as by_days,
        coalesce(own.no_estimate, every.no_estimate) = 'sold_hours' as by_sold_hours,
        coalesce(own.overdue_plan, every.overdue_plan, 'carry') = 'carry' as carries_overdue,
        1 + coalesce(o.recharge_mark_up_rate::decimal(9, 6), own.recharge_mark_up_rate::decimal(9, 6),
            every.recharge_mark_up_rate::decimal(9, 6), 0) as marked_up,
        p.contract_currency, p.currency, p.included_minutes, (p.got::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 4) as price,
        case when p.is_first then p.cap end as cap, case when p.is_first then p.fee_rate end as fee_rate,
        case when p.is_first then p.fee_ceiling end as fee_ceiling
    from priced p
    left join seed('revenue_policy_overrides') o on o.project_code = p.code and o.obligation_code = p.obligation
    left join seed('revenue_policies') own on own.legal_entity_code = p.entity and own.contract_type = p.contract_type
    left join seed('revenue_policies') every on every.legal_entity_code = '*' and every.contract_type = p.contract_type;
create temp table firsts as select * from obligations where is_first;

create temp table stories as select *, coalesce(_deleted, false) as gone from current('land.raw.kantata__stories');
create temp table tasks as
    select t.source_instance, t.id::varchar as id, t.story_type = 'milestone' as is_milestone, coalesce(o.obl, f.obl) as obl
    from stories t
    left join project_of p on p.sys = 'kantata' and p.source_instance = t.source_instance and p.id = t.workspace_id::varchar
    left join (select source_instance, subject_id, max(v) as v from fields
            where subject_type = 'story' and field = 'Obligation' group by all) m
        on m.source_instance = t.source_instance and m.subject_id = t.id::varchar
    left join obligations o on o.code = p.code and o.obligation = m.v
    left join firsts f on f.code = p.code
    where not t.gone;

-- People's entities, pay and burden --------------------------------------------------
create temp table assignments as
    with a as (
        select *, effective_date::date as d from live('land.raw.workday__assignments')
        qualify row_number() over (partition by source_instance, employee_id, effective_date order by entered_at desc nulls last, _key desc) = 1
    )
    select p.employee, a.d as valid_from, lead(a.d, 1, date '9999-12-31') over (partition by p.employee order by a.d) as valid_to,
        upper(a.company) as entity, e.country, e.annual_hours, a.scheduled_weekly_hours::decimal(9, 2) as weekly_hours, a.paid_fte::decimal(9, 4) as fte
    from a join people p on p.employee = a.employee_id left join entities e on e.entity = upper(a.company);
create temp table cost_rates as
    with pay as (
        select p.employee, c.* from live('land.raw.workday__compensation') c
        join people p on p.pseudonym = c.employee_pseudonym
        where not coalesce(c.is_rescinded, false)
        qualify row_number() over (partition by p.employee, c.effective_date order by c.entered_at desc nulls last, c._key desc) = 1
    ), ranges as (
        select employee, effective_date::date as valid_from, upper(currency) as currency, frequency, base_pay::decimal(18, 4) as pay,
            lead(effective_date::date, 1, date '9999-12-31') over (partition by employee order by effective_date) as valid_to
        from pay
    )
    select r.employee, greatest(r.valid_from, a.valid_from) as valid_from, least(r.valid_to, a.valid_to) as valid_to, r.currency,
        ratio6(r.pay, a.annual_hours * a.fte)::decimal(18, 6) as rate
    from ranges r join assignments a on a.employee = r.employee and r.valid_from < a.valid_to and r.valid_to > a.valid_from
    where r.frequency = 'Annual' and ratio6(r.pay, a.annual_hours * a.fte) is not null
        and a.entity in (select entity from entities)
    union all
    select employee, valid_from, valid_to, currency, pay::decimal(18, 6) from ranges where frequency = 'Hourly' and pay is not null;
create temp macro loaded(rate, precedence, basis_kept) as
    round((1 + coalesce(sum(rate) filter (basis_kept and precedence = 0), 0))::decimal(9, 6)
        * (1 + coalesce(sum(rate) filter (basis_kept and precedence = 1), 0))::decimal(9, 6)
        * (1 + coalesce(sum(rate) filter (basis_kept and precedence = 2), 0))::decimal(9, 6)
        * (1 + coalesce(sum(rate) filter (basis_kept and precedence = 3), 0))::decimal(9, 6), 6)::decimal(18, 6);
create temp table burden as
    with provisional as (
        select legal_entity_code as entity, pool, rate::decimal(9, 6) as rate, valid_from::date as valid_from, open_end(valid_to::date) as valid_to
        from seed('burden_rates')
    ), stated as (
        select legal_entity_code as entity, pool, rate::decimal(9, 6) as rate, valid_from::date as valid_from, open_end(valid_to::date) as valid_to
        from seed('burden_actual_rates'), as_of where stated_on::date <= as_of.d
    ), changes as (
        select entity, valid_from as d from provisional union select entity, valid_to from provisional
        union select entity, valid_from from stated union select entity, valid_to from stated
    ), ranges as (
        select entity, d as valid_from, lead(d) over (partition by entity order by d) as valid_to from changes
    ), pools as (
        select r.entity, r.valid_from, r.valid_to, b.precedence::integer as precedence, b.basis, p.rate as provisional, coalesce(s.rate, p.rate) as known
        from ranges r
        join provisional p on p.entity = r.entity and r.valid_from >= p.valid_from and r.valid_from < p.valid_to
        join seed('burden_pools') b on b.pool = p.pool
        left join stated s on s.entity = p.entity and s.pool = p.pool and r.valid_from >= s.valid_from and r.valid_from < s.valid_to
    )
    select entity, valid_from, valid_to, loaded(provisional, precedence, true) - 1 as rate,
        loaded(known, precedence, true) - loaded(known, precedence, basis = 'payroll') as borne,
        loaded(provisional, precedence, true) - loaded(provisional, precedence, basis = 'payroll') as borne_provisional
    from pools group by entity, valid_from, valid_to;

-- Time ---------------------------------------------------------------------------------
create temp table entries as
    with e as (select * from live('land.raw.kantata__time_entries'))
    select row_number() over () as eid, e.source_instance, e.id::varchar as id, p.code, r.employee,
        coalesce(t.obl, f.obl) as obl, e.date_performed::date as day, month_of(e.date_performed) as month, a.entity as home,
        ro.name as role, upper(e.currency) as currency, e.time_in_minutes::bigint as minutes,
        ratio10(e.rate_in_cents, e.currency_base_unit)::decimal(18, 6) as bill_rate,
        coalesce(e.billable::boolean, false) as billable,
        case when not w.require_time_approvals::boolean then 'approved'
            when s.status is null then 'unsubmitted' else s.status end as status
    from e
    left join workspaces w on w.source_instance = e.source_instance and w.id::varchar = e.workspace_id::varchar
    left join (select source_instance, id::varchar as id, lower(status) as status from live('land.raw.kantata__timesheet_submissions')) s
        on s.source_instance = e.source_instance and s.id = coalesce(e.active_submission_id, e.recent_submission_id)::varchar
    left join project_of p on p.sys = 'kantata' and p.source_instance = e.source_instance and p.id = e.workspace_id::varchar
    left join person_of r on r.sys = 'kantata' and r.source_instance = e.source_instance and r.id = e.user_id::varchar
    left join tasks t on t.source_instance = e.source_instance and t.id = e.story_id::varchar
    left join firsts f on f.code = p.code
    left join assignments a on a.employee = r.employee and e.date_performed::date >= a.valid_from and e.date_performed::date < a.valid_to
    left join (select source_instance, id::varchar as id, "name" from current('land.raw.kantata__roles')) ro
        on ro.source_instance = e.source_instance and ro.id = e.role_id::varchar;
create temp table bill_rates as
    with v as (
        select v.source_instance, v.id::varchar as id, upper(c.currency) as currency, v.effective_date::date as valid_from,
            lead(v.effective_date::date, 1, date '9999-12-31') over (partition by v.source_instance, v.rate_card_id order by v.effective_date) as valid_to
        from live('land.raw.kantata__rate_card_versions') v
        join live('land.raw.kantata__rate_cards') c on c.source_instance = v.source_instance and c.id = v.rate_card_id
    )
    select o.name as role, v.currency, v.valid_from, v.valid_to, ratio10(r.rate, 100)::decimal(18, 6) as rate
    from live('land.raw.kantata__rate_card_roles') r
    join v on v.source_instance = r.source_instance and v.id = r.rate_card_version_id::varchar
    join current('land.raw.kantata__roles') o on o.source_instance = r.source_instance and o.id = r.role_id;
create temp table valued as
    with v as (
        select e.id, e.code, e.obl, e.day, e.month, p.contract_currency, p.currency,
            case when p.contract_type = 'non_billable' then 0 else at_rate(e.minutes, b.rate, 1) end as standard,
            case when not e.billable or p.contract_type = 'non_billable' then 0 else at_rate(e.minutes, e.bill_rate, 1) end as bills
        from entries e join projects p on p.code = e.code
        left join bill_rates b on b.role = e.role and b.currency = p.contract_currency and e.day >= b.valid_from and e.day < b.valid_to
        where e.status = 'approved'
    )
    select v.id, v.code, v.obl, v.day, v.month, v.bills as contract_bills,
        translated(v.standard, v.contract_currency, v.currency, fx.rate)::decimal(18, 4) as standard,
        translated(v.bills, v.contract_currency, v.currency, fx.rate)::decimal(18, 4) as bills
    from v left join fx on fx.f = v.contract_currency and fx.t = v.currency and v.day >= fx.valid_from and v.day < fx.valid_to;

-- Purchases: orders, bills, receipts -----------------------------------------------------
create temp table orders as
    select md5('commitment|' || l.source_instance || '|' || l.id::varchar) as key, l.source_instance, l.id::varchar as line_id,
        p.code, r.employee, o.po_number, s.number as supplier, o.created_at::date as ordered_on,
        case when lower(o.status) in ('closed', 'cancelled', 'canceled') then o._changed_at::date end as closed_on,
        coalesce(upper(l.currency_code), upper(o.currency_code)) as currency, l.price::decimal(18, 6) as rate,
        l.total::decimal(18, 4) as total, l.employee_number is not null as is_hours, coalesce(l.pass_through, false) as pass_through
    from live('land.raw.coupa__purchase_order_lines') l
    join live('land.raw.coupa__purchase_orders') o on o.source_instance = l.source_instance and o.id = l.order_header_id
    left join current('land.raw.coupa__suppliers') s on s.source_instance = o.source_instance and s.id = o.supplier_id
    left join projects p on p.code = nullif(upper(trim(l.project_code)), '')
    left join people r on r.employee = l.employee_number;
create temp table hour_rates as
    with o as (
        select *, coalesce(ordered_on, date '1900-01-01') as begins, least(open_end(closed_on), date '9999-12-30') + 1 as ends
        from orders where is_hours and employee is not null and code is not null
    ), bounds as (
        select employee, code, date '1900-01-01' as valid_from from o union select employee, code, begins from o
        union select employee, code, ends from o where ends < date '9999-12-31'
    ), ranges as (
        select *, lead(valid_from, 1, date '9999-12-31') over (partition by employee, code order by valid_from) as valid_to from bounds
    )
    select r.*, o.supplier, o.po_number, o.currency, o.rate from ranges r join o using (employee, code)
    qualify row_number() over (partition by r.employee, r.code, r.valid_from
        order by o.rate is null, (begins <= r.valid_from and r.valid_from < ends) desc, (begins <= r.valid_from) desc,
            case when begins <= r.valid_from then begins end desc nulls last, begins, po_number nulls last, line_id, source_instance) = 1;
create temp table ledger as
    select h.type, a.account_number, e.entity, e.currency, d.practice, h.entity as party, p.code,
        coalesce(month_of(ap.start_date), month_of(h.tran_date)) as month, h.tran_date::date as day,
        month_of(t.service_month::date) as service_month, h.source_instance, h.id::varchar as transaction_id, l.line_id::varchar as line_id,
        cu.code as stated_currency, t.foreign_amount::decimal(18, 4) as stated,
        upper(trim(coalesce(t.memo, h.memo))) as memo,
        (coalesce(l.debit, 0)::decimal(18, 4) - coalesce(l.credit, 0)::decimal(18, 4))::decimal(18, 4) as net
    from live('land.raw.netsuite__accounting_lines') l
    join live('land.raw.netsuite__transactions') h on h.source_instance = l.source_instance and h.id = l.transaction_id
    join current('land.raw.netsuite__accounts') a on a.source_instance = l.source_instance and a.id = l.account
    left join live('land.raw.netsuite__transaction_lines') t
        on t.source_instance = l.source_instance and t.transaction_id = l.transaction_id and t.id = l.line_id
    left join currencies cu on cu.source_instance = h.source_instance and cu.id = h.currency::varchar
    left join current('land.raw.netsuite__accounting_periods') ap on ap.source_instance = h.source_instance and ap.id = h.posting_period
    left join entities e on e.source_instance = t.source_instance and e.subsidiary_id = t.subsidiary::varchar
    left join departments d on d.source_instance = t.source_instance and d.id = t.department::varchar
    left join project_of p on p.sys = 'netsuite' and p.source_instance = t.source_instance and p.id = t.entity::varchar
    where l.posting::boolean and (h.type in ('VendBill', 'VendCred') and a.account_number = '5100'
        or a.account_number in (select account_number from seed('account_purposes') where purpose = 'overhead'));
create temp table bills as
    with goods as (
        select supplier, po_number, min_by(key, line_id || ' ' || source_instance) as key, min(code) as code from orders where code is not null
        group by all having count(distinct code) = 1 and not bool_or(is_hours)
    ), persons as (select * from orders where employee is not null and code is not null),
    named as (
        select supplier, po_number, case when count(distinct code) = 1 then min(code) end as code,
            case when count(distinct employee) = 1 then min(employee) end as employee
        from persons group by all
    ), on_projects as (
        select supplier, po_number, code, case when count(distinct employee) = 1 then min(employee) end as employee from persons group by all
    ), contractors as (
        select supplier, code, case when count(distinct employee) = 1 then min(employee) end as employee from persons group by all
    )
    select g.key, coalesce(b.code, n.code, g.code) as code,
        case when g.key is null then coalesce(o.employee, n.employee, c.employee) end as employee,
        v.entity_id as supplier, coalesce(o.po_number, g.po_number) as po_number, b.service_month, b.day,
        least(greatest(b.day, b.month), last_day(b.month)) as booked, b.currency, b.net as amount,
        case when b.stated is null then b.currency else b.stated_currency end as stated_currency, coalesce(b.stated, b.net) as stated,
        b.source_instance, b.transaction_id, md5('vendor_bill|' || b.source_instance || '|' || b.transaction_id || '|' || b.line_id) as bill
    from ledger b
    left join current('land.raw.netsuite__vendors') v on v.source_instance = b.source_instance and v.id = b.party
    left join named n on n.supplier = v.entity_id and upper(n.po_number) = b.memo
    left join goods g on g.supplier = v.entity_id and upper(g.po_number) = b.memo
    left join on_projects o on o.supplier = n.supplier and o.po_number = n.po_number and o.code = coalesce(b.code, n.code)
    left join contractors c on c.supplier = v.entity_id and c.code = coalesce(b.code, n.code)
    where b.account_number = '5100' and b.type in ('VendBill', 'VendCred');

create temp table expenses as
    with l as (select * from live('land.raw.coupa__expense_lines'))
    select l.source_instance, l.id::varchar as id, p.code, f.obl, l.expense_date::date as day, p.currency, p.contract_currency,
        lower(r.status) in ('approved_for_payment', 'paid') as approved,
        coalesce(l.accounting_total, l.amount)::decimal(18, 4) as amount,
        case when l.accounting_total is null then upper(l.currency_code) else upper(l.accounting_currency_code) end as spent_in,
        coalesce(l.rechargeable, false) as recharged, coalesce(c.is_pass_through::boolean, false) as pass_through,
        coalesce(c.is_allowable::boolean, true) as allowable, coalesce(f.marked_up, 1) as marked_up
    from l
    left join live('land.raw.coupa__expense_reports') r on r.source_instance = l.source_instance and r.id = l.expense_report_id
    left join projects p on p.code = nullif(upper(trim(l.project_code)), '')
    left join firsts f on f.code = p.code
    left join seed('expense_category_policies') c on c.category_name = l.category_name
    where not exists (select 1 from l c where c.source_instance = l.source_instance and c.parent_expense_line_id = l.id);
create temp table allocations as
    select a.source_instance || '|' || a.id::varchar as id, a.source_instance, a.id::varchar as own_id, p.code, r.employee,
        a.start_date::date as start_date, greatest(a.start_date::date, a.end_date::date) as end_date, a.minutes::bigint as minutes
    from live('land.raw.kantata__workspace_allocations') a
    left join current('land.raw.kantata__workspace_resources') s on s.source_instance = a.source_instance and s.id = a.workspace_resource_id
    left join project_of p on p.sys = 'kantata' and p.source_instance = a.source_instance and p.id = a.workspace_id::varchar
    left join person_of r on r.sys = 'kantata' and r.source_instance = s.source_instance and r.id = s.user_id::varchar;
create temp table invoices as
    select i.source_instance, i.id::varchar as id, p.code, i.invoice_date::date as day, upper(i.currency) as currency,
        ratio10(i.balance_in_cents, i.currency_base_unit)::decimal(18, 4) as amount,
        coalesce(lower(i.status), 'new') != 'cancelled' and not coalesce(i.draft::boolean, false) as billed
    from live('land.raw.kantata__invoices') i
    left join project_of p on p.sys = 'kantata' and p.source_instance = i.source_instance
        and p.id = case when i.workspace_ids like '%,%' then null else i.workspace_id::varchar end;
create temp table modifications as
    select o.obl, c.effective_date::date as day, c.service_end::date as service_end, coalesce(lower(c.treatment), o.treatment) as treatment,
        round(coalesce(c.amount::decimal(18, 4), 0), 2) as price, coalesce(c.cap_amount::decimal(18, 4), 0) as cap,
        md5('modification|' || c.source_instance || '|' || c.id::varchar) as key
    from opportunities c
    left join project_of p on p.sys = 'salesforce' and p.source_instance = c.source_instance and p.id = c.amends
    left join obligations o on o.code = p.code
        and case when c.obligation is null then o.is_first else c.obligation = o.obligation end
    where c.amendment and c.won and c.effective_date is not null and not c.gone;
create temp table days as
    with m as (
        select min(hire_date) as a, max(hire_date) as b from people
        union all select min(service_start), max(service_end) from projects
        union all select min(day), max(greatest(day, service_end)) from modifications
        union all select min(day), max(day) from entries
        union all select min(day), max(day) from expenses
        union all select min(least(service_month, day, booked)), max(greatest(service_month, day, booked)) from bills
        union all select min(start_date), max(end_date) from allocations
        union all select min(day), max(day) from invoices
        union all select d, d from as_of
    ), bounds as (
        select date_trunc('week', month_of(min(a)))::date as a,
            greatest(last_day(max(b)), date_trunc('week', max(b))::date + 6) as b from m
    )
    select d::date as day, month_of(d) as month, isodow(d) < 6 as is_weekday
    from bounds, unnest(generate_series(a::timestamp, b::timestamp, interval 1 day)) as s(d);

-- Labour: what the payroll says each approved entry cost ----------------------------------
create temp table work_days as
    with known as (
        select min(day) as day from entries union all select min(start_date) from allocations
        union all select min(period_start_date::date) from live('land.raw.adp__payroll_runs')
    ), holidays as (
        select distinct upper(country) as country, holiday_date::date as day from live('land.raw.workday__holidays')
    )
    select a.employee, a.entity, d.day, d.month, round(a.weekly_hours * 12, 0)::bigint as daily, h.day is not null as is_holiday
    from assignments a join people p using (employee)
    join (select * from days where is_weekday and day >= (select month_of(min(day)) from known)) d
        on d.day >= greatest(a.valid_from, p.hire_date) and d.day < least(a.valid_to, open_end(p.termination_date + 1))
    left join holidays h on h.country = a.country and h.day = d.day
    where coalesce(p.worker_type, 'employee') != 'contingent';
create temp table capacity as
    with absent as (
        select employee_id as employee, absence_date::date as day, round(sum(absence_hours::decimal(9, 2)) * 60, 0)::bigint as minutes
        from live('land.raw.workday__absences') where lower(status) = 'approved' group by all
    )
    select w.employee, w.entity, w.day, w.month,
        case when is_holiday then daily else least(coalesce(x.minutes, 0), daily) end as absent,
        case when is_holiday then 0 else greatest(daily - coalesce(x.minutes, 0), 0) end as able
    from work_days w left join absent x using (employee, day);
create temp table payroll as
    with l as (
        select source_instance, item_id::varchar as run, associate_pseudonym as who, max(upper(currency_code)) as currency,
            sum(case when section = 'earnings' then amount::decimal(18, 4) else 0 end)::decimal(18, 4) as gross,
            sum(case when section in ('employer_taxes', 'employer_contributions') then amount::decimal(18, 4) else 0 end)::decimal(18, 4) as on_top
        from live('land.raw.adp__payroll_lines') group by all
    )
    select l.run, l.who, p.employee, r.period_start_date::date as a, r.period_end_date::date as b,
        coalesce(g.legal_entity_code, s.entity) as entity, l.currency, l.gross, (l.gross + l.on_top)::decimal(18, 4) as cost
    from l join live('land.raw.adp__payroll_runs') r on r.source_instance = l.source_instance and r.item_id = l.run
    join person_of p on p.sys = 'adp' and p.source_instance = l.source_instance and p.id = l.who
    left join seed('payroll_groups') g on g.payroll_group_code = r.payroll_group_code
    left join assignments s on s.employee = p.employee and r.period_end_date::date >= s.valid_from and r.period_end_date::date < s.valid_to
    where upper(r.status_code) = 'NTC';
create temp table shares as
    with worked as (
        select p.run, p.who, e.eid, e.id as bearer, e.month, e.minutes
        from entries e join payroll p on p.employee = e.employee and e.day >= p.a and e.day <= p.b
            and coalesce(e.home, p.entity) = p.entity
        where e.status = 'approved' and e.minutes > 0
    ), able as (
        select p.run, p.who, c.month, sum(c.absent)::bigint as absent, sum(c.able)::bigint as able
        from payroll p join capacity c on c.employee = p.employee and c.entity = p.entity and c.day >= p.a and c.day <= p.b
        group by all
    ), idle as (
        select a.*, greatest(able - coalesce(w.minutes, 0), 0)::bigint as bench
        from able a left join (select run, who, month, sum(minutes) as minutes from worked group by all) w using (run, who, month)
    ), stacked as (
        select * from worked
        union all select run, who, null, 'absence:' || month, month, absent from idle where absent > 0
        union all select run, who, null, 'bench:' || month, month, bench from idle where bench > 0
    ), weighed as (
        select s.run, s.who, s.eid, s.bearer, s.minutes, p.currency, p.cost, p.gross,
            round(abs(p.cost) * 100, 0)::bigint as cents, round(abs(p.gross) * 100, 0)::bigint as gross_cents,
            sum(s.minutes) over (partition by s.run, s.who)::bigint as total
        from stacked s join payroll p using (run, who)
    ), based as (
        select *, cents * minutes // total as base, cents * minutes % total as rest,
            gross_cents * minutes // total as gross_base, gross_cents * minutes % total as gross_rest
        from weighed
    ), spread as (
        select eid, currency,
            case when cost < 0 then -1 else 1 end * (base + case when
                row_number() over (partition by run, who order by rest desc, bearer) <= cents - sum(base) over (partition by run, who) then 1 else 0 end) as cost,
            case when gross < 0 then -1 else 1 end * (gross_base + case when
                row_number() over (partition by run, who order by gross_rest desc, bearer) <= gross_cents - sum(gross_base) over (partition by run, who) then 1 else 0 end) as gross
        from based
    )
    select eid, max(currency) as currency, sum(cost)::decimal(18, 0) * 0.01::decimal(3, 2) as cost, sum(gross)::decimal(18, 0) * 0.01::decimal(3, 2) as gross
    from spread where eid is not null group by eid;
create temp table labour as
    with rated as (
        select e.obl, e.day, e.minutes, c.rate, c.currency as rate_currency, b.rate as burden, b.borne, b.borne_provisional,
            s.currency as pay_currency, p.currency, s.gross, s.cost as paid
        from entries e
        left join people r on r.employee = e.employee
        left join projects p on p.code = e.code
        left join cost_rates c on c.employee = e.employee and e.day >= c.valid_from and e.day < c.valid_to
        left join burden b on b.entity = e.home and e.day >= b.valid_from and e.day < b.valid_to
        left join shares s on s.eid = e.eid
        where e.status = 'approved' and coalesce(r.worker_type, 'employee') != 'contingent'
    ), priced as (
        select *, at_rate(minutes, rate, 1) as h_raw, at_rate(minutes, rate, 1 + burden) as h_prov,
            case when paid is not null then at_rate(minutes, rate, borne) end as h_borne,
            case when paid is not null then at_rate(minutes, rate, borne_provisional) end as h_borne_prov
        from rated
    )
    select p.obl, p.day, translated(h_raw, rate_currency, currency, x.rate) as raw_provisional,
        translated(h_prov, rate_currency, currency, x.rate) as provisional,
        translated(p.gross, pay_currency, currency, y.rate) as raw_actual,
        translated(paid, pay_currency, currency, y.rate) as pay,
        translated(h_borne, pay_currency, currency, y.rate) as borne,
        translated(h_borne_prov, pay_currency, currency, y.rate) as borne_prov, paid is not null as is_actual
    from priced p
    left join fx x on x.f = p.rate_currency and x.t = p.currency and p.day >= x.valid_from and p.day < x.valid_to
    left join fx y on y.f = p.pay_currency and y.t = p.currency and p.day >= y.valid_from and p.day < y.valid_to;

-- Contractors: an hour costs what its order says; a bill adds what it differs by from the oldest
-- hours that come to it, when it is booked -----------------------------------------------------
create temp table contracted as
    with rated as (
        select e.eid, e.id, e.source_instance, e.code, e.obl, e.day, h.supplier, h.po_number, p.currency,
            case when h.rate is not null then h.currency else c.currency end as order_currency,
            at_rate(e.minutes, coalesce(h.rate, c.rate), 1) as ordered
        from entries e join people r on r.employee = e.employee and r.worker_type = 'contingent'
        left join projects p on p.code = e.code
        left join hour_rates h on h.employee = e.employee and h.code = e.code and e.day >= h.valid_from and e.day < h.valid_to
        left join cost_rates c on c.employee = e.employee and e.day >= c.valid_from and e.day < c.valid_to
        where e.status = 'approved'
    )
    select r.*, translated(r.ordered, r.order_currency, r.currency, fx.rate)::decimal(18, 4) as cost
    from rated r left join fx on fx.f = r.order_currency and fx.t = r.currency and r.day >= fx.valid_from and r.day < fx.valid_to;
create temp table hour_bills as
    with b as (
        select min(bill) as bill, source_instance, transaction_id, code, employee, supplier, po_number, service_month, day, booked,
            currency, stated_currency, sum(amount) as amount, sum(stated) as stated
        from bills where code is not null and key is null group by all
    ), ordered as (
        select *, case when bool_and(po_number is not null) over (partition by code, supplier) then po_number end as pool_order from b
    ), dated as (
        select *, bool_and(service_month is not null) over (partition by code, supplier, pool_order) as by_month from ordered
    ), pooled as (
        select *, coalesce(code, '') || '|' || coalesce(supplier, '') || '|' || coalesce(pool_order, '') || '|'
            || coalesce(case when by_month then service_month end::varchar, '') as pool from dated
    )
    select b.*, row_number() over (partition by b.pool order by b.booked, b.day, b.service_month nulls last, b.bill) as place,
        p.entity, p.currency as functional, translated(b.amount, b.currency, p.currency, fx.rate)::decimal(18, 4) as billed
    from pooled b join projects p using (code)
    left join fx on fx.f = b.currency and fx.t = p.currency and b.day >= fx.valid_from and b.day < fx.valid_to;
create temp table pooled_hours as
    with h as (
        select c.*, s.code || '|' || s.supplier || '|' || coalesce(s.pool_order, '') || '|'
            || coalesce(case when s.by_month then month_of(c.day) end::varchar, '') as pool
        from contracted c join (select distinct code, supplier, pool_order, by_month from hour_bills) s
            on s.code = c.code and s.supplier = c.supplier and coalesce(s.pool_order, c.po_number) = c.po_number
        where c.cost is not null
    ), valued as (
        select *, min(order_currency) over k = max(order_currency) over k as one,
            case when one then order_currency else currency end as value_currency, (case when one then ordered else cost end)::decimal(18, 4) as value
        from h window k as (partition by pool)
    )
    select *, sum(greatest(value, 0)) over (partition by pool order by day, id, source_instance rows unbounded preceding)::decimal(18, 4) as reached
    from valued;
create temp table hours_billed as
    with recursive pools as (
        select pool, max(value_currency) as value_currency, sum(greatest(value, 0)) as whole, -sum(least(value, 0)) as taken_back
        from pooled_hours group by pool
    ), reached as (
        select b.bill, max(h.reached) filter (h.day <= b.day) as own_day, max(h.reached) as own_month
        from hour_bills b join pooled_hours h on h.pool = b.pool and h.day <= last_day(greatest(b.day, coalesce(b.service_month, b.day)))
        group by b.bill
    ), stated as (
        select b.bill, b.pool, b.place, b.day, b.booked, o.whole, least(o.taken_back, o.whole) as taken_back, coalesce(r.own_day, 0) as own_day,
            coalesce(r.own_month, 0) as own_month, coalesce(own.settling_rate, every.settling_rate, '0')::decimal(9, 6) as settling,
            greatest(coalesce(case when o.value_currency = b.currency then b.amount
                else translated(b.stated, b.stated_currency, o.value_currency, fx.rate) end, 0), 0)::decimal(18, 4) as claimed
        from hour_bills b join pools o using (pool) left join reached r using (bill)
        left join seed('subcontractor_policies') own on own.legal_entity_code = b.entity
        left join seed('subcontractor_policies') every on every.legal_entity_code = '*'
        left join fx on fx.f = b.stated_currency and fx.t = o.value_currency and b.day >= fx.valid_from and b.day < fx.valid_to
    ), claims as (select *, (claimed * settling)::decimal(18, 4) as tolerance from stated),
    cuts as (
        select c.bill, max(h.reached) as cut from claims c
        join pooled_hours h on h.pool = c.pool and h.value > 0 and c.day >= last_day(h.day)
        group by c.bill, last_day(h.day)
    ), ends as (
        select *, cut + lag(cut, 1, -cut) over w as twice_lower, cut + lead(cut, 1, 10000000000000) over w as twice_upper
        from cuts window w as (partition by bill order by cut)
    ), covering as (
        select pool, 0::bigint as place, null::varchar as bill, null::date as booked, 0::decimal(18, 4) as a, taken_back::decimal(18, 4) as b
        from claims where place = 1
        union all
        select c.pool, c.place, c.bill, c.booked, v.b, (case
            when c.claimed = 0 then v.b
            when e.cut > v.b and abs(v.b + c.claimed - e.cut) <= least(c.tolerance, abs(v.b + c.claimed - c.own_day)) then e.cut
            when c.own_day > v.b and abs(v.b + c.claimed - c.own_day) <= c.tolerance then c.own_day
            when c.own_month > v.b and abs(v.b + c.claimed - c.own_month) <= c.tolerance then c.own_month
            else least(v.b + c.claimed, c.whole) end)::decimal(18, 4)
        from covering v join claims c on c.pool = v.pool and c.place = v.place + 1
        left join ends e on e.bill = c.bill and 2 * (v.b + c.claimed) >= e.twice_lower and 2 * (v.b + c.claimed) < e.twice_upper
    ), covered as (
        select c.bill, h.eid, h.obl, greatest(h.day, c.booked) as day, h.cost, h.value, greatest(c.a - (h.reached - h.value), 0) as a,
            least(c.b - (h.reached - h.value), h.value) as b
        from covering c join pooled_hours h on h.pool = c.pool and h.value > 0 and c.a < h.reached and c.b > h.reached - h.value
        where c.bill is not null and c.a < c.b
    )
    select bill, eid, obl, day, (ratio2(cost * b::decimal(18, 4), value) - ratio2(cost * a::decimal(18, 4), value))::decimal(18, 4) as amount from covered;
create temp table subcontracted as
    with covered as (select bill, obl, max(day) as day, sum(amount) as amount from hours_billed group by all),
    compared as (
        select b.bill, b.code, c.obl, case when c.bill is null and b.service_month is not null then last_day(b.service_month)
                else max(coalesce(c.day, b.booked)) over k end as day,
            b.billed - coalesce(sum(c.amount) over k, 0) as amount, case when coalesce(c.amount, 0) = 0 then 1 else round(c.amount * 10000, 0)::bigint end as w
        from hour_bills b left join covered c using (bill) window k as (partition by b.bill)
    ), weighed as (select *, round(abs(amount) * 100, 0)::bigint as cents, sum(w) over (partition by bill)::bigint as total from compared),
    based as (select *, (cents::hugeint * w // total)::bigint as base, (cents::hugeint * w % total)::bigint as rest from weighed),
    differing as (
        select code, obl, day, case when amount < 0 then -1 else 1 end * (base + case when
            row_number() over (partition by bill order by rest desc, obl) <= cents - sum(base) over (partition by bill) then 1 else 0 end) as cents
        from based
    ), billed as (select eid, sum(amount) as amount from hours_billed group by eid)
    select c.obl, c.day, c.cost, (c.cost - coalesce(b.amount, 0))::decimal(18, 4) as accrued from contracted c left join billed b using (eid)
    union all
    select coalesce(d.obl, f.obl), d.day, (d.cents::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 4), 0
    from differing d left join firsts f using (code) where d.cents != 0;

-- Goods: accrued as received, billed in place of it, taken back when the order is closed ---
create temp table purchased as
    with o as (
        select o.key, o.source_instance, o.line_id, o.code, o.closed_on, o.currency as ordered_in, o.pass_through, f.obl, p.currency
        from orders o join projects p on p.code = o.code left join firsts f on f.code = o.code where not o.is_hours
    ), stated as (
        select o.key, r.transaction_date::date as day, coalesce(upper(r.currency_code), o.ordered_in) as currency,
            r.total::decimal(18, 4) as received, 0::decimal(18, 4) as billed
        from live('land.raw.coupa__receiving_transactions') r join o on o.source_instance = r.source_instance and o.line_id = r.po_line_id::varchar
        where coalesce(lower(r.status), 'created') != 'voided'
        union all select key, booked, currency, 0, amount from bills where key is not null
        union all select key, closed_on, currency, 0, 0 from o where closed_on is not null
    ), daily as (
        select s.key, s.day, sum(translated(s.received, s.currency, o.currency, fx.rate)) as received,
            sum(translated(s.billed, s.currency, o.currency, fx.rate)) as billed
        from stated s join o using (key)
        left join fx on fx.f = s.currency and fx.t = o.currency and s.day >= fx.valid_from and s.day < fx.valid_to
        group by all
    ), accrued as (
        select d.key, d.day, d.billed, o.code, o.obl, o.pass_through, case when coalesce(o.closed_on <= d.day, false) then 0
            else greatest(sum(d.received) over w - sum(d.billed) over w, 0) end as standing
        from daily d join o using (key) window w as (partition by d.key order by d.day rows unbounded preceding)
    ), moved as (
        select *, standing - lag(standing, 1, 0) over (partition by key order by day) as accrual from accrued
    ), compared as (
        select *, max_by(standing, day) over (partition by key) as standing_now,
            sum(greatest(accrual, 0)) over (partition by key order by day desc rows unbounded preceding) - greatest(accrual, 0) as later
        from moved
    )
    select key, code, obl, day, pass_through, (accrual + billed)::decimal(18, 4) as cost, billed::decimal(18, 4) as billed,
        greatest(least(greatest(accrual, 0), standing_now - later), 0)::decimal(18, 4) as provisional
    from compared where accrual != 0 or billed != 0 or billed is null;
create temp table spent as
    select e.id, e.code, e.obl, e.day, month_of(e.day) as month, e.pass_through or e.recharged as pass_through, e.pass_through and not e.recharged as passed, e.allowable,
        translated(e.amount, e.spent_in, e.currency, x.rate)::decimal(18, 4) as cost,
        (case when e.recharged then round(translated(e.amount, e.spent_in, e.currency, x.rate) * marked_up, 2) else 0 end)::decimal(18, 4) as recharge,
        (case when e.recharged then round(translated(e.amount, e.spent_in, e.contract_currency, y.rate) * marked_up, 2) else 0 end)::decimal(18, 4) as contract_recharge
    from expenses e
    left join fx x on x.f = e.spent_in and x.t = e.currency and e.day >= x.valid_from and e.day < x.valid_to
    left join fx y on y.f = e.spent_in and y.t = e.contract_currency and e.day >= y.valid_from and e.day < y.valid_to
    where e.approved and e.code is not null;
create temp table costs as
    with stacked as (
        select obl, day, raw_provisional, provisional, coalesce(raw_actual, 0) as raw_actual,
            coalesce(pay + coalesce(borne, 0), 0) as actual, coalesce(borne - borne_prov, 0) as actualisation,
            case when is_actual then pay + coalesce(borne, 0) else provisional end as labour,
            0 as sub_accrual, 0 as sub, 0 as expense, 0 as pass_through, 0 as disallowed, 0 as passed from labour
        union all select obl, day, 0, 0, 0, 0, 0, 0, accrued, cost, 0, 0, 0, 0 from subcontracted
        union all select obl, day, 0, 0, 0, 0, 0, 0, provisional, cost, 0, case when pass_through then cost else 0 end, 0, case when pass_through then cost else 0 end from purchased
        union all select obl, day, 0, 0, 0, 0, 0, 0, 0, 0, cost, case when pass_through then cost else 0 end,
            case when allowable then 0 else cost end, case when passed then cost else 0 end from spent
    )
    select s.obl, o.code, s.day, month_of(s.day) as month, o.currency,
        coalesce(sum(raw_provisional), 0) as raw_provisional, coalesce(sum(provisional), 0) as provisional,
        coalesce(sum(raw_actual), 0) as raw_actual, coalesce(sum(actual), 0) as actual,
        coalesce(sum(actualisation), 0) as actualisation, coalesce(sum(labour), 0) as labour,
        coalesce(sum(sub_accrual), 0) as sub_accrual, coalesce(sum(sub), 0) as sub, coalesce(sum(expense), 0) as expense,
        coalesce(sum(s.pass_through), 0) as pass_through, coalesce(sum(disallowed), 0) as disallowed, coalesce(sum(s.passed), 0) as passed,
        (coalesce(sum(labour), 0) + coalesce(sum(sub), 0) + coalesce(sum(expense), 0))::decimal(18, 4) as total
    from stacked s join obligations o using (obl) group by all;

-- Milestones, and the months of every project and obligation --------------------------------
create temp table completions as
    with changes as (
        select source_instance, story_id::varchar as task, created_at as changed, lower(state) = 'completed' as done,
            lag(lower(state) = 'completed', 1, false) over (partition by source_instance, story_id order by created_at, _key) as was
        from live('land.raw.kantata__story_state_changes')
    ), turns as (
        select source_instance, task, changed::date as day, case when done then 1 else -1 end as direction from changes where done != was
    ), logged as (
        from turns
        union all
        select t.source_instance, t.id::varchar, coalesce(t._changed_at, t._landed_at)::date, -1
        from stories t join (select source_instance, task from turns group by all having sum(direction) = 1) s
            on s.source_instance = t.source_instance and s.task = t.id::varchar
        where t.gone or lower(t.state) != 'completed'
    )
    select source_instance, task, day, sum(direction)::integer as direction from logged group by all having sum(direction) != 0;
create temp table milestones as
    select m.source_instance, m.id::varchar as id, m.story_id::varchar as task, p.code, upper(m.currency) as currency,
        ratio10(m.amount_in_cents, case
            when upper(m.currency) in ('JPY', 'KRW', 'ISK') then 1 when upper(m.currency) in ('BHD', 'KWD', 'JOD') then 1000 else 100
        end)::decimal(18, 4) as amount,
        case when c.standing = 1 then c.done_on end as accepted_on, coalesce(c.standing = 1, false) as accepted
    from live('land.raw.kantata__billing_milestones') m
    left join project_of p on p.sys = 'kantata' and p.source_instance = m.source_instance and p.id = m.workspace_id::varchar
    left join (select source_instance, task, sum(direction) as standing, max(day) filter (direction = 1) as done_on
            from completions group by all) c on c.source_instance = m.source_instance and c.task = m.story_id::varchar;
create temp table project_months as
    with facts as (
        select code, month_of(service_start) as month, false as is_fact from projects
        where service_start is not null and contract_type != 'non_billable' and psa_id is not null
        union all select code, month, true from entries
        union all select code, month, true from costs
        union all select code, month_of(day), true from invoices where billed
        union all select code, month_of(accepted_on), true from milestones where accepted
    ), spans as (
        select code, min(month) as a, greatest(max(month) filter (is_fact), month_of(max(d))) as b
        from facts, as_of where code is not null group by code
    )
    select s.code, m.month, least(last_day(m.month), as_of.d)::date as to_date
    from spans s join projects using (code) join (select distinct month from days) m on m.month between s.a and s.b, as_of;
create temp table terms as
    with m as (
        select o.obl, m.month, m.to_date from project_months m join obligations o using (code)
    ), changed as (
        select m.obl, m.month, sum(c.price) as price, sum(c.cap) as cap,
            max(month_of(c.day)) filter (c.treatment = 'prospective') as segment,
            max(c.day) filter (c.treatment = 'prospective') as segment_day,
            max_by(c.service_end, c.day::varchar || c.key) filter (c.service_end is not null) as service_end
        from m join modifications c on c.obl = m.obl and c.day <= m.to_date group by all
    )
    select m.obl, o.code, m.month, m.to_date, o.service_start, coalesce(c.service_end, o.service_end) as service_end, c.segment, c.segment_day,
        o.method, o.by_days, o.contract_currency, o.currency, o.included_minutes, o.fee_rate, o.fee_ceiling, o.is_first,
        (o.price + coalesce(c.price, 0))::decimal(18, 4) as price, (o.cap + coalesce(c.cap, 0))::decimal(18, 4) as cap
    from m join obligations o using (obl) left join changed c on c.obl = m.obl and c.month = m.month;

-- What is planned, and what is still to come --------------------------------------------------
create temp table planned as
    with served as (
        select a.id, min(o.obligation) as obligation from allocations a
        join obligations o on o.code = a.code and a.start_date between o.service_start and o.service_end group by all
    ), dated as (  -- who has no rate yet on the first day, from the first on that there is one
        select a.*, coalesce((
            select greatest(a.start_date, min(c.valid_from)) from cost_rates c
            where c.employee = a.employee and c.valid_from <= a.end_date and c.valid_to > a.start_date
        ), a.start_date) as rate_date
        from allocations a
    ), rated as (
        select a.*, coalesce(o.obl, f.obl) as obl, p.currency,
            case when r.worker_type = 'contingent' and h.rate is not null then h.currency else c.currency end as rate_currency,
            case when r.worker_type = 'contingent' then coalesce(h.rate, c.rate) else c.rate end as rate,
            case when r.worker_type = 'contingent' then 0 else b.rate end as burden
        from dated a
        left join served s using (id)
        left join obligations o on o.code = a.code and o.obligation = s.obligation
        left join firsts f on f.code = a.code and s.obligation is null
        left join projects p on p.code = a.code
        left join people r on r.employee = a.employee
        left join hour_rates h on h.employee = a.employee and h.code = a.code and a.start_date >= h.valid_from and a.start_date < h.valid_to
        left join cost_rates c on c.employee = a.employee and a.rate_date >= c.valid_from and a.rate_date < c.valid_to
        left join assignments g on g.employee = a.employee and a.rate_date >= g.valid_from and a.rate_date < g.valid_to
        left join burden b on b.entity = g.entity and a.rate_date >= b.valid_from and a.rate_date < b.valid_to
    )
    select r.id, r.source_instance, r.own_id, r.code, r.obl, r.employee, r.start_date, r.end_date, r.minutes,
        translated(at_rate(r.minutes, r.rate, 1 + r.burden), r.rate_currency, r.currency, fx.rate)::decimal(18, 4) as priced,
        coalesce(priced, 0)::decimal(18, 4) as cost
    from rated r
    left join fx on fx.f = r.rate_currency and fx.t = r.currency and r.rate_date >= fx.valid_from and r.rate_date < fx.valid_to;
-- An allocation's minutes and cost by month, as the person's working days share them.
create temp table plan as
    with holidays as (
        select distinct upper(country) as country, holiday_date::date as day from live('land.raw.workday__holidays')
    ), spans as (select * from planned where obl is not null),
    on_days as (
        select s.id, d.day, d.month, d.is_weekday, case when w.is_holiday then 0 else coalesce(w.daily, 0) end as own,
            d.is_weekday and h.day is null as is_open
        from spans s join days d on d.day between s.start_date and s.end_date
        left join work_days w on w.employee = s.employee and w.day = d.day
        left join assignments a on a.employee = s.employee and d.day >= a.valid_from and d.day < a.valid_to
        left join holidays h on h.country = a.country and h.day = d.day
    ), summed as (
        select id, month, day > as_of.d as later, sum(own)::bigint as own, count(*) filter (is_open) as open,
            count(*) filter (is_weekday) as weekdays, count(*) as days
        from on_days, as_of group by all
    ), weighed as (
        select id, month, later, case when sum(own) over k > 0 then own when sum(open) over k > 0 then open
            when sum(weekdays) over k > 0 then weekdays else days end as w
        from summed window k as (partition by id)
    ), totals as (
        select s.*, w.month as due, w.later, w.w, s.minutes * 10000 as parts, round(abs(s.cost) * 100, 0)::bigint as cents,
            sum(w.w) over (partition by s.id)::bigint as total
        from weighed w join spans s using (id) where w.w > 0
    ), based as (
        select *, parts * w // total as base, parts * w % total as rest, cents * w // total as c_base, cents * w % total as c_rest from totals
    )
    select source_instance, own_id, code, obl, employee, start_date, due, later, priced is not null as is_priced,
        ((base + case when row_number() over (partition by id order by rest desc, due, later) <= parts - sum(base) over (partition by id)
            then 1 else 0 end)::decimal(18, 0) * 0.0001::decimal(5, 4))::decimal(18, 4) as minutes,
        ((c_base + case when row_number() over (partition by id order by c_rest desc, due, later) <= cents - sum(c_base) over (partition by id)
            then 1 else 0 end)::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 4) as cost
    from based;
create temp table finished as
    with signs as (
        select t.obl, t.source_instance, t.id as task, m.currency, m.amount,
            case when not t.is_milestone then 'task' when m.id is null then 'acceptance' else 'milestone' end as sign
        from tasks t left join milestones m on m.source_instance = t.source_instance and m.task = t.id
    ), counted as (select obl, sign, count(distinct (source_instance, task)) as tasks from signs group by all),
    done as (
        select t.obl, t.month, t.price, s.sign, sum(c.direction) as completed,
            sum(case when s.currency = t.contract_currency then c.direction * s.amount else 0 end) as accepted
        from terms t join signs s using (obl)
        join completions c on c.source_instance = s.source_instance and c.task = s.task and c.day <= t.to_date
        group by all
    )
    select obl, month from terms
    where to_date >= service_end and (included_minutes is not null
        or method in ('time_and_materials', 'time_and_materials_capped', 'cost_plus', 'straight_line', 'none'))
    union
    select obl, month from done join counted using (obl, sign)
    where case when sign = 'milestone' then price > 0 and accepted >= price else completed = tasks end;
-- At a month's end: what is planned for later, and what of the plan due by then nobody worked.
create temp table overdue as
    with due as (
        select m.month as seen, p.* from plan p join project_months m on m.code = p.code and p.due <= m.month where not p.later
    ), both_sides as (
        select code, seen, coalesce(employee, '') as person, due as month, minutes as due, 0 as worked from due
        union all
        select e.code, m.month, coalesce(e.employee, ''), e.month, 0, e.minutes
        from entries e join project_months m on m.code = e.code and e.month <= m.month where e.status = 'approved'
    ), ahead as ( -- work beyond what was due by its own month counts for nothing
        select *, sum(worked - due) over (partition by code, seen, person order by month) as of_own,
            sum(worked - due) over (partition by code, seen order by month) as of_all
        from both_sides
    ), by_person as (
        select code, seen, person, sum(worked) - greatest(0, max(of_own)) as counted from ahead group by all
    ), by_all as (select code, seen, sum(worked) - greatest(0, max(of_all)) as counted from ahead group by all),
    own as (
        select d.seen as month, d.* exclude (seen), greatest(0, least(d.minutes, sum(d.minutes) over (
            partition by d.code, d.seen, coalesce(d.employee, '') order by d.due, d.start_date, d.own_id, d.source_instance
            rows unbounded preceding) - w.counted)) as unworked
        from due d join by_person w on w.code = d.code and w.seen = d.seen and w.person = coalesce(d.employee, '')
    ), shared as (
        select o.*, least(o.unworked, sum(o.unworked) over (partition by o.code, o.month
                order by o.due, o.start_date, o.own_id, o.source_instance rows unbounded preceding)
            - (a.counted - sum(o.minutes - o.unworked) over (partition by o.code, o.month)))::decimal(18, 4) as open
        from own o join by_all a on a.code = o.code and a.seen = o.month
    )
    select s.obl, s.month, sum(s.open) as minutes, sum(case when s.is_priced then 0 else s.open end) as unpriced,
        sum(ratio2(s.cost::decimal(20, 4) * s.open, s.minutes)) as cost
    from shared s join obligations o on o.obl = s.obl and o.carries_overdue
    where s.open > 0 and not exists (select 1 from finished f where f.obl = s.obl and f.month = s.month)
    group by all;
create temp table goods as
    with o as (
        select o.key, o.code, o.ordered_on, o.closed_on, o.pass_through,
            translated(o.total, o.currency, p.currency, fx.rate)::decimal(18, 4) as ordered
        from orders o join projects p on p.code = o.code
        left join fx on fx.f = o.currency and fx.t = p.currency and o.ordered_on >= fx.valid_from and o.ordered_on < fx.valid_to
        where not o.is_hours
    ), used as (
        select o.key, m.month, sum(case when c.day <= m.to_date then c.cost else 0 end) as cost
        from o join project_months m using (code) join purchased c using (key) group by all
    ), monthly as (
        select o.code, m.month, o.ordered, o.pass_through, case when coalesce(o.closed_on <= m.to_date, false) then 0
            else greatest(o.ordered - coalesce(u.cost, 0), 0) end::decimal(18, 4) as left_open
        from o join project_months m on m.code = o.code and o.ordered_on <= m.to_date
        left join used u on u.key = o.key and u.month = m.month
    )
    select code, month, sum(ordered) as ordered, sum(left_open) as left_open,
        sum(case when pass_through then left_open else 0 end) as open_pass_through from monthly group by all;
create temp table positions as
    with stacked as (
        select obl, month, total as cost, pass_through, expense, 0 as approved, 0 as planned, 0 as minutes, 0 as unpriced from costs
        union all select obl, month, 0, 0, 0, minutes, 0, 0, 0 from entries where status = 'approved'
        union all select obl, case when later then date '9999-12-01' else due end, 0, 0, 0, 0, cost, minutes,
            case when is_priced then 0 else minutes end from plan
        union all select obl, month, 0, 0, 0, 0, 0, 0, 0 from terms
    ), monthly as (
        select obl, month, sum(cost) as cost, sum(pass_through) as pass_through, sum(expense) as expense,
            sum(approved) as approved, sum(planned) as planned, sum(minutes) as minutes, sum(unpriced) as unpriced
        from stacked where obl is not null group by all
    ), so_far as (
        select obl, month, sum(cost) over w as cost, sum(pass_through) over w as pass_through, sum(expense) over w as expense,
            sum(approved) over w as approved, sum(planned) over (partition by obl) - sum(planned) over w as later,
            sum(minutes) over (partition by obl) - sum(minutes) over w as scheduled, sum(minutes) over (partition by obl) as minutes,
            sum(unpriced) over (partition by obl) - sum(unpriced) over w as unpriced
        from monthly window w as (partition by obl order by month rows unbounded preceding)
    )
    select t.obl, t.code, t.month, s.approved::bigint as approved, s.minutes as planned_minutes,
        (s.scheduled + coalesce(d.minutes, 0))::decimal(18, 4) as scheduled, s.unpriced + coalesce(d.unpriced, 0) as unpriced,
        case when t.is_first then coalesce(g.ordered, 0) + coalesce(p.budget, 0) else 0 end as other_plan, s.cost::decimal(18, 4) as cost,
        (s.cost - s.pass_through)::decimal(18, 4) as measured_cost,
        (s.later + coalesce(d.cost, 0) + case when t.is_first then coalesce(g.left_open, 0) else 0 end + case
            when t.is_first and coalesce(t.to_date < t.service_end, false)
            then greatest(coalesce(p.budget, 0) - s.expense, 0) else 0 end)::decimal(18, 4) as etc,
        (etc - case when t.is_first then coalesce(g.open_pass_through, 0) else 0 end)::decimal(18, 4) as measured_etc
    from terms t join so_far s using (obl, month)
    left join overdue d on d.obl = t.obl and d.month = t.month
    left join projects p on p.code = t.code left join goods g on g.code = t.code and g.month = t.month;

-- Revenue by method ---------------------------------------------------------------------------
create temp macro recognised(price, done, total, base_done, base) as
    least(price, base + case
        when total > base_done and done < total then ratio2((price - base)::decimal(20, 4) * greatest(done - base_done, 0), total - base_done)::decimal(18, 4)
        when total > base_done or base_done > 0 then price - base else 0 end);
-- Of work that nobody estimated it is known what it cost, and that is earned.
create temp table unestimated as
    with lacking as (
        select t.obl, t.month, coalesce(o.by_sold_hours and t.included_minutes > 0 and p.approved > 0, false) as by_sold_hours,
            p.measured_cost, p.approved, t.included_minutes
        from terms t join obligations o using (obl) join positions p using (obl, month)
        where t.method = 'cost_to_cost' and (p.unpriced > 0 or p.planned_minutes = 0 and (p.approved > 0 or p.other_plan = 0))
            or t.method = 'effort' and t.included_minutes is null and p.planned_minutes = 0
    ), spending as (
        select c.obl, c.month, sum(translated(c.total - (c.pass_through - c.passed), c.currency, o.contract_currency, fx.rate)) as cost
        from costs c join obligations o using (obl)
        left join fx on fx.f = c.currency and fx.t = o.contract_currency and c.day >= fx.valid_from and c.day < fx.valid_to
        where c.obl in (select obl from lacking) group by all
    )
    select l.obl, l.month, case when not by_sold_hours then coalesce(sum(s.cost), 0)::decimal(18, 4) end as cost,
        case when by_sold_hours then ratio4(measured_cost::decimal(20, 4) * greatest(included_minutes, approved), approved) end::decimal(18, 4) as total
    from lacking l left join spending s on s.obl = l.obl and s.month <= l.month
    group by l.obl, l.month, by_sold_hours, measured_cost, included_minutes, approved;
create temp table over_time as
    with recursive passed as (
        select c.obl, c.month, sum(translated(c.passed, c.currency, o.contract_currency, fx.rate)) as amount
        from costs c join obligations o on o.obl = c.obl and o.method = 'cost_to_cost'
        left join fx on fx.f = c.currency and fx.t = o.contract_currency and c.day >= fx.valid_from and c.day < fx.valid_to
        group by all
    ), delivered as (
        select t.obl, t.source_instance, t.id as task,
            exists (select 1 from milestones m where m.source_instance = t.source_instance and m.task = t.id) as billed
        from tasks t where t.is_milestone
    ), acceptance as (
        select * from delivered qualify billed = bool_and(billed) over (partition by obl)
    ), accepted as (
        select m.obl, m.month, count(distinct (a.source_instance, a.task)) as tasks, coalesce(sum(c.direction), 0) as done
        from terms m join acceptance a using (obl)
        left join completions c on c.source_instance = a.source_instance and c.task = a.task and c.day <= m.to_date
        where m.method = 'completed_contract' group by all
    ), measured as (
        select t.*, p.approved, p.scheduled, p.measured_cost, p.measured_etc,
            sum(coalesce(passed.amount, 0)) over (partition by t.obl order by t.month rows unbounded preceding) as bought,
            case when t.method = 'cost_to_cost'
                then coalesce(translated(p.etc - p.measured_etc, t.currency, t.contract_currency, fx.rate), 0) else 0 end as to_buy,
            case when a.done = a.tasks then 1 else 0 end as accepted,
            coalesce(t.included_minutes is not null and t.to_date >= t.service_end, false) as lapsed
        from terms t join positions p using (obl, month) left join accepted a on a.obl = t.obl and a.month = t.month
        left join passed on passed.obl = t.obl and passed.month = t.month
        left join fx on fx.f = t.currency and fx.t = t.contract_currency and t.to_date >= fx.valid_from and t.to_date < fx.valid_to
        where t.price is not null
            and (method in ('cost_to_cost', 'effort', 'completed_contract')
                or method = 'straight_line' and t.service_start is not null and t.service_end is not null)
    ), m as (
        select obl, month, segment, segment_day, method, by_days, service_start, service_end, price as whole_price, price - bought - to_buy as price, bought, u.cost as to_recover,
            (case method when 'cost_to_cost' then measured_cost when 'effort' then case when lapsed then greatest(approved, 1) else approved end
                when 'straight_line' then served(by_days, service_start, service_end, to_date) else accepted end)::decimal(18, 4) as done,
            coalesce(u.total, case method when 'cost_to_cost' then measured_cost + measured_etc
                when 'effort' then case when lapsed then greatest(approved, 1) else approved end
                    + case when included_minutes is null then scheduled when lapsed then 0 else greatest(included_minutes - approved, 0) end
                when 'straight_line' then served(by_days, service_start, service_end, service_end) else 1 end)::decimal(18, 4) as total
        from measured left join unestimated u using (obl, month)
    ), starts as (
        select obl, segment, row_number() over (partition by obl order by segment) as n
        from (select distinct obl, segment from m where segment is not null)
    ), worked as (  -- of the month of a change, until its eve
        select now.obl, now.month, sum(w.quantity) as quantity
        from (
            select obl, month, day, 'cost_to_cost' as method, total - pass_through as quantity from costs
            union all select obl, month, day, 'effort', minutes from entries where status = 'approved'
        ) w join m as now on now.obl = w.obl and now.method = w.method and now.month = w.month
            and now.month = now.segment and w.day < now.segment_day group by now.obl, now.month
    ), came as (
        select s.obl, s.segment, s.n, m.price, m.to_recover, now.method, m.total, now.by_days, now.service_start,
            now.service_end, m.service_end as end_before, now.segment_day - 1 as eve, m.done + coalesce((
                select w.quantity from worked w where w.obl = s.obl and w.month = s.segment), 0) as done
        from starts s join m as now on now.obl = s.obl and now.month = s.segment
        left join m on m.obl = s.obl and m.month = (s.segment - interval 1 month)::date
    ), eves as (
        select obl, segment, n, price, to_recover,
            (case method when 'straight_line' then served(by_days, service_start, end_before, eve) else done end)::decimal(18, 4) as done,
            (case method when 'straight_line' then served(by_days, service_start, end_before, end_before)
                else greatest(total, done) end)::decimal(18, 4) as total,
            (case method when 'straight_line' then served(by_days, service_start, service_end, eve) else done end)::decimal(18, 4) as after
        from came
    ), segments as (
        select distinct obl, 0::bigint as n, null::date as segment, 0::decimal(18, 4) as base_done, 0::decimal(18, 4) as base from m
        union all
        select e.obl, e.n, e.segment, coalesce(e.after, 0)::decimal(18, 4),
            coalesce(case when e.to_recover is not null then least(e.price, e.to_recover)
                else recognised(e.price, e.done, e.total, s.base_done, s.base) end, 0)::decimal(18, 4)
        from segments s join eves e on e.obl = s.obl and e.n = s.n + 1
    )
    select m.obl, m.month, (case when m.to_recover is not null then least(m.whole_price, m.to_recover)
        else recognised(m.price, m.done, m.total, s.base_done, s.base) + m.bought end)::decimal(18, 4) as so_far
    from m join segments s on s.obl = m.obl and s.segment is not distinct from m.segment;
create temp table cumulative as
    with v as (
        select obl, month, sum(v) as v from (
            select obl, month, contract_bills as v from valued union all select obl, month, contract_recharge from spent
        ) group by all
    ), capped as (
        select t.obl, t.month, t.cap, sum(coalesce(v.v, 0)) over (partition by t.obl order by t.month rows unbounded preceding) as v
        from terms t left join v on v.obl = t.obl and v.month = t.month where t.method = 'time_and_materials_capped'
    ), c as (
        select c.obl, c.month, sum(translated(c.total - c.disallowed, c.currency, o.contract_currency, fx.rate)) as cost
        from costs c join obligations o on o.obl = c.obl and o.method = 'cost_plus'
        left join fx on fx.f = c.currency and fx.t = o.contract_currency and c.day >= fx.valid_from and c.day < fx.valid_to
        group by all
    ), plus as (
        select t.obl, t.month, t.fee_rate, t.fee_ceiling,
            sum(coalesce(c.cost, 0)) over (partition by t.obl order by t.month rows unbounded preceding) as cost
        from terms t left join c on c.obl = t.obl and c.month = t.month where t.method = 'cost_plus'
    ), fees as (select *, round(cost::decimal(20, 4) * (1 + fee_rate), 2)::decimal(18, 4) as with_fee from plus),
    stacked as (
        from over_time
        union all select obl, month, least(v, coalesce(cap, v))::decimal(18, 4) from capped
        union all select obl, month, (case when with_fee > cost + fee_ceiling then cost + fee_ceiling else with_fee end)::decimal(18, 4) from fees
    )
    select obl, month, (so_far - lag(so_far, 1, 0) over (partition by obl order by month))::decimal(18, 4) as amount from stacked;
create temp table revenue as
    with earning as (select * from cumulative where amount != 0),
    on_days as (
        select e.obl, e.month, e.amount, c.day, round(c.total * 100, 0)::bigint as w, round(abs(e.amount) * 100, 0)::bigint as cents,
            sum(round(c.total * 100, 0)::bigint) over (partition by e.obl, e.month)::bigint as total
        from earning e join costs c on c.obl = e.obl and c.month = e.month where c.total > 0
    ), based as (select *, cents * w // total as base, cents * w % total as rest from on_days),
    spread as (
        select obl, day, ((case when amount < 0 then -1 else 1 end * (base + case when
            row_number() over (partition by obl, month order by rest desc, day) <= cents - sum(base) over (partition by obl, month) then 1 else 0 end))
            ::decimal(18, 0) * 0.01::decimal(3, 2))::decimal(18, 4) as amount from based
    ), measured as (
        select * from spread where amount != 0
        union all
        select e.obl, t.to_date, e.amount from earning e join terms t using (obl, month)
        where not exists (select 1 from on_days d where d.obl = e.obl and d.month = e.month)
    ), stacked as (
        select v.obl, v.day, v.contract_bills as contract, v.bills as amount, false as is_write_down, false as is_recharge
        from valued v join obligations o using (obl) where o.method = 'time_and_materials' and v.contract_bills != 0
        union all
        select s.obl, s.day, s.contract_recharge, s.recharge, false, true
        from spent s join obligations o using (obl)
        where o.method not in ('time_and_materials_capped', 'cost_plus', 'none') and s.recharge != 0
        union all
        select o.obl, c.day, m.amount * c.direction, translated(m.amount * c.direction, m.currency, o.currency, fx.rate), false, false
        from milestones m join tasks t on t.source_instance = m.source_instance and t.id = m.task
        join completions c on c.source_instance = m.source_instance and c.task = m.task
        join obligations o on o.obl = t.obl and o.method = 'milestone'
        left join fx on fx.f = m.currency and fx.t = o.currency and c.day >= fx.valid_from and c.day < fx.valid_to
        union all
        select f.obl, w.day, -w.amount, -translated(w.amount, w.currency, f.currency, fx.rate), true, false
        from (
            select v.code, v.day, v.currency, -(ratio10(i.amount_in_cents, i.currency_base_unit)::decimal(18, 4)) as amount
            from live('land.raw.kantata__invoice_items') i join invoices v on v.source_instance = i.source_instance and v.id = i.invoice_id::varchar
            where i.amount_in_cents < 0 and v.billed
        ) w join firsts f using (code)
        left join fx on fx.f = w.currency and fx.t = f.currency and w.day >= fx.valid_from and w.day < fx.valid_to
        union all
        select m.obl, m.day, m.amount, translated(m.amount, o.contract_currency, o.currency, fx.rate), false, false
        from measured m join obligations o using (obl)
        left join fx on fx.f = o.contract_currency and fx.t = o.currency and m.day >= fx.valid_from and m.day < fx.valid_to
    )
    select s.obl, o.code, s.day, month_of(s.day) as month, s.contract::decimal(18, 4) as contract, s.amount::decimal(18, 4) as amount, s.is_write_down, s.is_recharge
    from stacked s join obligations o using (obl);
create temp table outlook as
    with monthly as (
        select obl, month, sum(amount) as amount, sum(case when is_write_down or is_recharge then 0 else contract end) as contract from revenue group by all
    ), so_far as (
        select t.*, case when t.method = 'time_and_materials_capped' then t.cap else t.price end as ceiling,
            sum(coalesce(m.amount, 0)) over w as earned, sum(coalesce(m.contract, 0)) over w as contract
        from terms t left join monthly m on m.obl = t.obl and m.month = t.month
        window w as (partition by t.obl order by t.month rows unbounded preceding)
    )
    select s.*, p.cost, p.etc, translated(s.ceiling - s.contract, s.contract_currency, s.currency, fx.rate) as to_earn,
        translated(greatest(s.ceiling - s.contract, 0), s.contract_currency, s.currency, fx.rate)::decimal(18, 4) as backlog
    from so_far s join positions p using (obl, month)
    left join fx on fx.f = s.contract_currency and fx.t = s.currency and s.to_date >= fx.valid_from and s.to_date < fx.valid_to
    where s.ceiling is not null and s.method != 'none';
create temp table provisions as
    with b as (
        select code, obl, month, to_date, case when cost + etc - earned - to_earn > 0 then greatest(etc - to_earn, 0) else 0 end as balance
        from outlook where method in ('cost_to_cost', 'effort', 'milestone', 'straight_line', 'completed_contract', 'time_and_materials_capped')
    )
    select code, to_date as day, (balance - lag(balance, 1, 0) over (partition by obl order by month))::decimal(18, 4) as amount from b;

-- A project's days, translated at the month's average rate; then its months -------------------
create temp table averages as
    with m as (
        select distinct month, case when month = month_of(d) then d else last_day(month) end as last from days, as_of
    ), r as (
        select fx.f, m.month, fx.rate, least(fx.valid_to, m.last + 1)::date - greatest(fx.valid_from, m.month)::date as n
        from fx join m on fx.valid_from <= m.last and fx.valid_to > m.month where fx.t = 'USD'
    )
    select f, month, ratio8(sum(rate * n), sum(n))::decimal(18, 8) as rate from r group by all;
create temp table daily as
    with stacked as (
        select code, day, case when status = 'approved' then minutes else 0 end as approved,
            case when status = 'pending' then minutes else 0 end as submitted, 0 as standard, 0 as earned, 0 as written_down,
            0 as billed, 0 as raw_provisional, 0 as provisional, 0 as raw_actual, 0 as actual, 0 as actualisation, 0 as labour,
            0 as sub_accrual, 0 as sub, 0 as expense, 0 as provision from entries
        union all by name select code, day, standard from valued
        union all by name select code, day, amount as earned, case when is_write_down then -amount else 0 end as written_down from revenue
        union all by name
        select i.code, i.day, translated(i.amount, i.currency, p.currency, fx.rate)::decimal(18, 4) as billed
        from invoices i left join projects p on p.code = i.code
        left join fx on fx.f = i.currency and fx.t = p.currency and i.day >= fx.valid_from and i.day < fx.valid_to
        where i.billed
        union all by name select code, day, amount as provision from provisions where amount != 0
        union all by name
        select code, day, raw_provisional, provisional, raw_actual, actual, actualisation, labour, sub_accrual, sub, expense from costs
    ), summed as (
        select code, day, month_of(day) as month, coalesce(sum(columns(* exclude (code, day))), 0) from stacked
        where code is not null group by code, day
    )
    select s.*, translated(s.earned, p.currency, 'USD', a.rate) as r_earned, translated(s.labour, p.currency, 'USD', a.rate) as r_labour,
        translated(s.sub, p.currency, 'USD', a.rate) as r_sub, translated(s.expense, p.currency, 'USD', a.rate) as r_expense,
        translated(s.provision, p.currency, 'USD', a.rate) as r_provision
    from summed s join projects p using (code) left join averages a on a.f = p.currency and a.month = s.month;
create temp table monthly as
    select code, month, sum(columns(* exclude (code, day, month))) from daily group by code, month;
create temp table overheads as
    with booked as (
        select l.entity, l.account_number, l.practice, l.month, p.basis, sum(l.net) as amount
        from ledger l join seed('account_purposes') a on a.purpose = 'overhead' and a.account_number = l.account_number
        join seed('overhead_policies') p on p.legal_entity_code = l.entity and p.pool = a.qualifier
        group by all
    ), weighed as (
        select b.*, m.code, round(greatest(coalesce(case b.basis when 'labour_cost' then m.labour * 100 when 'hours' then m.approved
                when 'revenue' then m.earned * 100 end, 0), 0), 0)::bigint as w, round(abs(b.amount) * 100, 0)::bigint as cents
        from booked b join projects p on p.entity = b.entity and p.practice = b.practice
        join monthly m on m.code = p.code and m.month = b.month
    ), based as (
        select *, cents * w // sum(w) over k as base, cents * w % sum(w) over k as rest from weighed where w > 0
        window k as (partition by entity, account_number, practice, month)
    ), spread as (
        select code, month, case when amount < 0 then -1 else 1 end * (base + case when row_number() over (k order by rest desc, code)
            <= cents - sum(base) over k then 1 else 0 end) as cents
        from based window k as (partition by entity, account_number, practice, month)
    ), borne as (select code, month, sum(cents)::decimal(18, 0) * 0.01::decimal(3, 2) as amount from spread group by all)
    select m.code, m.month, coalesce(s.amount, 0)::decimal(18, 4) as amount
    from project_months m join projects p using (code)
    join (select distinct entity, month from booked) b on b.entity = p.entity and b.month = m.month
    left join borne s on s.code = m.code and s.month = m.month;
create temp table margin as
    with plans as (select code, due as month, sum(minutes) as minutes, sum(cost) as cost from plan group by all),
    estimates as (
        select code, month, sum(etc)::decimal(18, 4) as etc, (sum(cost) + sum(etc))::decimal(18, 4) as eac from positions group by all
    ), backlogs as (select code, month, sum(backlog)::decimal(18, 4) as backlog from outlook group by all),
    closed as (
        select e.entity, month_of(p.start_date) as month, coalesce(p.closed, false) or coalesce(p.all_locked, false) as closed
        from live('land.raw.netsuite__accounting_periods') p join entities e using (source_instance) where coalesce(p.is_posting, false)
    ), m as (
        select pm.code, pm.month, coalesce(columns(a.* exclude (code, month)), 0),
            coalesce(pl.minutes, 0) as planned_minutes, coalesce(pl.cost, 0) as planned_cost
        from project_months pm
        left join monthly a on a.code = pm.code and a.month = pm.month
        left join plans pl on pl.code = pm.code and pl.month = pm.month
    ), n as (
        select *, labour + sub + expense as total, coalesce(labour - actual + sub_accrual, 0) as unconfirmed,
            earned - (labour + sub + expense) - provision as kept
        from m
    )
    select md5('project|' || p.code) as project_key, p.code as project_code, p.name as project_name,
        coalesce(ca.name, ce.company_name) as customer_name, p.practice as practice_code, pr.practice_name, pr.service_line,
        p.entity as legal_entity_code, p.region, p.contract_type, f.method as revenue_method, mg.name as manager_name,
        n.month as period_month, last_day(n.month) as period_end_date, n.month as group_month, year(n.month)::integer as fiscal_year,
        quarter(n.month)::integer as quarter_no, month(n.month)::integer as period_no, p.currency as currency_code,
        ratio2(n.approved, 60)::decimal(18, 2) as approved_hours, ratio2(n.submitted, 60)::decimal(18, 2) as submitted_hours,
        ratio2(n.planned_minutes, 60)::decimal(18, 2) as planned_hours, n.planned_cost::decimal(18, 4) as planned_cost_amount,
        n.standard::decimal(18, 4) as standard_value_amount, n.earned::decimal(18, 4) as recognised_revenue_amount,
        n.written_down::decimal(18, 4) as write_down_amount, n.billed::decimal(18, 4) as billed_amount,
        n.raw_provisional::decimal(18, 4) as labour_raw_provisional_amount, n.provisional::decimal(18, 4) as labour_provisional_amount,
        n.raw_actual::decimal(18, 4) as labour_raw_actual_amount, n.actual::decimal(18, 4) as labour_actual_amount,
        n.actualisation::decimal(18, 4) as burden_actualisation_amount, n.labour::decimal(18, 4) as labour_cost_amount,
        n.sub::decimal(18, 4) as subcontractor_amount, n.expense::decimal(18, 4) as expense_amount,
        0::decimal(18, 4) as deferred_cost_amount, -- delivered policy lets none wait for acceptance
        n.total::decimal(18, 4) as total_cost_amount,
        n.unconfirmed::decimal(18, 4) as provisional_cost_amount, n.provision::decimal(18, 4) as loss_provision_amount,
        n.kept::decimal(18, 4) as margin_amount, ratio6(n.kept, n.earned)::decimal(18, 6) as margin_rate,
        ratio6(n.unconfirmed, n.total)::decimal(18, 6) as provisional_cost_share_rate, 'USD' as reporting_currency_code,
        n.r_earned::decimal(18, 4) as reporting_revenue_amount, (n.r_labour + n.r_sub + n.r_expense)::decimal(18, 4) as reporting_total_cost_amount,
        (n.r_earned - n.r_labour - n.r_sub - n.r_expense - n.r_provision)::decimal(18, 4) as reporting_margin_amount,
        (sum(n.earned) over q)::decimal(18, 4) as quarter_to_date_revenue_amount,
        (sum(n.earned) over y)::decimal(18, 4) as year_to_date_revenue_amount,
        (sum(n.total) over q)::decimal(18, 4) as quarter_to_date_cost_amount,
        (sum(n.total) over y)::decimal(18, 4) as year_to_date_cost_amount,
        (sum(n.kept) over q)::decimal(18, 4) as quarter_to_date_margin_amount,
        (sum(n.kept) over y)::decimal(18, 4) as year_to_date_margin_amount,
        o.amount as overhead_amount, (n.kept - o.amount)::decimal(18, 4) as contribution_margin_amount,
        x.etc as forecast_cost_amount, x.eac as eac_amount, b.backlog as backlog_amount, coalesce(cl.closed, false) as is_period_closed,
        true as is_complete, true as is_quarter_to_date_complete, true as is_year_to_date_complete -- of a firm without exceptions
    from n join projects p using (code)
    left join firsts f on f.code = p.code
    left join seed('practices') pr on pr.practice_code = p.practice
    left join people mg on mg.employee = p.manager
    left join customer_of c1 on c1.sys = 'salesforce' and c1.number = p.customer
    left join accounts ca on ca.source_instance = c1.source_instance and ca.id = c1.id
    left join customer_of c2 on c2.sys = 'netsuite' and c2.number = p.customer
    left join erp_customers ce on ce.source_instance = c2.source_instance and ce.id::varchar = c2.id
    left join estimates x on x.code = n.code and x.month = n.month
    left join backlogs b on b.code = n.code and b.month = n.month
    left join overheads o on o.code = n.code and o.month = n.month
    left join closed cl on cl.entity = p.entity and cl.month = n.month
    window q as (partition by n.code, date_trunc('quarter', n.month) order by n.month),
        y as (partition by n.code, year(n.month) order by n.month);
