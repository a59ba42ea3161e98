"""The same firm in two systems of each kind: what landed, given to a second instance.

The ERP stays one. What belongs to the entities of Europe goes to a second PSA, CRM,
HR, payroll and spend tool; who and what both need is in both. The second ones count as
the first ones do: one id is another person's, project's or invoice's there. So it must
come to the same figures, and whatever reads an id without its instance does not.
"""

from pathlib import Path

import duckdb

EUROPE = "('UK20', 'DE30')"
SECOND = "_europe"  # follows the name of the first instance

# What is in both: people, customers, prices, calendars, suppliers.
SHARED = (
    "kantata__users",
    "kantata__roles",
    "kantata__rate_cards",
    "kantata__rate_card_versions",
    "kantata__rate_card_roles",
    "kantata__workspace_groups",
    "salesforce__accounts",
    "salesforce__users",
    "workday__holidays",
    "coupa__suppliers",
)

# Whose the rest is, as a condition on the rows that go to the second instance.
MOVED = {
    "kantata__workspaces": "id in (select id from moved_projects)",
    "kantata__stories": "workspace_id in (select id from moved_projects)",
    "kantata__story_state_changes": "story_id in (select id from moved_tasks)",
    "kantata__workspace_resources": "workspace_id in (select id from moved_projects)",
    "kantata__workspace_allocations": "workspace_id in (select id from moved_projects)",
    "kantata__timesheet_submissions": "workspace_id in (select id from moved_projects)",
    "kantata__time_entries": "workspace_id in (select id from moved_projects)",
    "kantata__invoices": "workspace_id in (select id from moved_projects)",
    "kantata__invoice_items": "workspace_id in (select id from moved_projects)",
    "kantata__billing_milestones": "workspace_id in (select id from moved_projects)",
    "salesforce__opportunities": "id in (select id from moved_deals)",
    "salesforce__opportunity_lines": "opportunity_id in (select id from moved_deals)",
    "workday__workers": "employee_id in (select id from moved_people)",
    "workday__assignments": "employee_id in (select id from moved_people)",
    "workday__absences": "employee_id in (select id from moved_people)",
    "workday__compensation": (
        "employee_pseudonym in (select pseudonym from moved_people)"
    ),
    "adp__workers": "payroll_group_code in ('QX2', 'QX3')",
    "adp__payroll_runs": "payroll_group_code in ('QX2', 'QX3')",
    "adp__payroll_lines": "item_id in (select id from moved_runs)",
    "coupa__expense_reports": "employee_number in (select id from moved_people)",
    "coupa__expense_lines": "expense_report_id in (select id from moved_reports)",
    "coupa__purchase_orders": "id in (select id from moved_orders)",
    "coupa__purchase_order_lines": "order_header_id in (select id from moved_orders)",
    "coupa__receiving_transactions": "po_line_id in (select id from moved_order_lines)",
}

WHOSE = f"""
    create temp table entity_of as
        select subject_id as id, max(value) as entity
        from raw.kantata__custom_field_values
        where custom_field_name = 'Legal Entity' group by all;
    create temp table code_of as
        select subject_id as id, upper(trim(max(value))) as code
        from raw.kantata__custom_field_values
        where custom_field_name = 'Project Code' group by all;
    create temp table moved_projects as
        select id from entity_of where entity in {EUROPE};
    create temp table moved_tasks as
        select distinct id from raw.kantata__stories
        where workspace_id in (select id from moved_projects);
    create temp table moved_deals as
        with sold as (
            select id, max(amends) as amends, max(upper(legal_entity)) as entity
            from raw.salesforce__opportunities group by id
        )
        select sold.id from sold left join sold as amended on sold.amends = amended.id
        where coalesce(amended.entity, sold.entity) in {EUROPE};
    create temp table moved_people as
        select
            workers.employee_id as id,
            max(workers.employee_pseudonym) as pseudonym
        from raw.workday__workers as workers
        inner join raw.workday__assignments as assignments using (employee_id)
        group by workers.employee_id
        having max_by(assignments.company, assignments.effective_date) in {EUROPE};
    create temp table moved_runs as
        select distinct item_id as id from raw.adp__payroll_runs
        where payroll_group_code in ('QX2', 'QX3');
    create temp table moved_reports as
        select distinct id from raw.coupa__expense_reports
        where employee_number in (select id from moved_people);
    create temp table moved_orders as
        select distinct order_header_id as id from raw.coupa__purchase_order_lines
        where upper(trim(project_code)) in (
            select code from code_of inner join moved_projects using (id)
        );
    create temp table moved_order_lines as
        select distinct id from raw.coupa__purchase_order_lines
        where order_header_id in (select id from moved_orders);
"""

# Ids of the second instance become ids that the first one has for something else, in
# the same order, so that what is decided by the smaller id is decided alike.
COLLIDING = {
    "projects": ("kantata__workspaces", "id"),
    "tasks": ("kantata__stories", "id"),
    "seats": ("kantata__workspace_resources", "id"),
    "timesheets": ("kantata__timesheet_submissions", "id"),
    "invoices": ("kantata__invoices", "id"),
    "milestones": ("kantata__billing_milestones", "id"),
    "orders": ("coupa__purchase_orders", "id"),
    "order_lines": ("coupa__purchase_order_lines", "id"),
    "reports": ("coupa__expense_reports", "id"),
}
NAMED_BY = {
    "projects": (
        ("kantata__workspaces", "id"),
        *(
            (f"kantata__{table}", "workspace_id")
            for table in (
                "stories",
                "workspace_resources",
                "workspace_allocations",
                "timesheet_submissions",
                "time_entries",
                "invoices",
                "invoice_items",
                "billing_milestones",
            )
        ),
    ),
    "tasks": (
        ("kantata__stories", "id"),
        ("kantata__stories", "parent_id"),
        ("kantata__story_state_changes", "story_id"),
        ("kantata__time_entries", "story_id"),
        ("kantata__invoice_items", "story_id"),
        ("kantata__billing_milestones", "story_id"),
    ),
    "seats": (
        ("kantata__workspace_resources", "id"),
        ("kantata__workspace_allocations", "workspace_resource_id"),
    ),
    "timesheets": (
        ("kantata__timesheet_submissions", "id"),
        ("kantata__time_entries", "active_submission_id"),
        ("kantata__time_entries", "recent_submission_id"),
    ),
    "invoices": (
        ("kantata__invoices", "id"),
        ("kantata__invoice_items", "invoice_id"),
        ("kantata__time_entries", "invoice_id"),
        ("kantata__billing_milestones", "invoice_id"),
    ),
    "milestones": (("kantata__billing_milestones", "id"),),
    "users": (
        ("kantata__users", "id"),
        ("kantata__workspaces", "primary_maven_id"),
        ("kantata__workspace_resources", "user_id"),
        ("kantata__timesheet_submissions", "user_id"),
        ("kantata__time_entries", "user_id"),
    ),
    "orders": (
        ("coupa__purchase_orders", "id"),
        ("coupa__purchase_order_lines", "order_header_id"),
    ),
    "order_lines": (
        ("coupa__purchase_order_lines", "id"),
        ("coupa__receiving_transactions", "po_line_id"),
    ),
    "reports": (
        ("coupa__expense_reports", "id"),
        ("coupa__expense_lines", "expense_report_id"),
    ),
}
SUBJECTS = {"workspace": "projects", "story": "tasks", "user": "users"}


def split(land: Path) -> None:
    """Give what landed of Europe's entities to second instances, in a landing file."""
    with duckdb.connect(land) as db:
        db.execute("begin")
        db.execute(WHOSE)
        for table in SHARED:
            _copied(db, table, "true")
        for table, whose in MOVED.items():
            _moved(db, table, whose)
        _split_custom_fields(db)
        _give_ids_of_others(db)
        _contradict(db)
        _count_landings_anew(db)
        for table in ("_instances", "_settings"):
            _copied(db, table, "vendor != 'netsuite'")
        db.execute("commit")


def _copied(db: duckdb.DuckDBPyConnection, table: str, whose: str) -> None:
    db.execute(
        f"insert into raw.{table} select * replace ("
        f" source_instance || '{SECOND}' as source_instance,"
        f" md5(_event_id) as _event_id) from raw.{table} where {whose}"
    )


def _moved(db: duckdb.DuckDBPyConnection, table: str, whose: str) -> None:
    db.execute(
        f"update raw.{table} set source_instance = source_instance || '{SECOND}'"
        f" where {whose}"
    )


def _split_custom_fields(db: duckdb.DuckDBPyConnection) -> None:
    """Users' and customers' fields are in both; a project's and a task's in one."""
    table = "kantata__custom_field_values"
    _copied(db, table, "subject_type in ('user', 'workspace_group')")
    _moved(
        db,
        table,
        "(subject_type = 'workspace' and subject_id in (select id from moved_projects))"
        " or (subject_type = 'story' and subject_id in (select id from moved_tasks))",
    )


def _give_ids_of_others(db: duckdb.DuckDBPyConnection) -> None:
    for what, (table, column) in COLLIDING.items():
        db.execute(
            f"create temp table new_{what} as with"
            f" ours as (select distinct {column} as id from raw.{table}"
            f"  where not ends_with(source_instance, '{SECOND}')),"
            f" theirs as (select distinct {column} as id from raw.{table}"
            f"  where ends_with(source_instance, '{SECOND}')),"
            " a as (select id, row_number() over (order by id) as nth from ours),"
            " b as (select id, row_number() over (order by id) as nth from theirs)"
            # who has no counterpart keeps the order behind them
            " select b.id as old, coalesce(a.id, '9' || b.id) as new"
            " from b left join a using (nth)"
        )
    # Everybody has the id that the next one has in the first instance.
    db.execute(
        "create temp table new_users as"
        " select id as old, coalesce(lead(id) over (order by id),"
        "  min(id) over ()) as new from (select distinct id from raw.kantata__users)"
    )
    for what, places in NAMED_BY.items():
        for table, column in places:
            key = ", _key = map.new" if column == "id" else ""
            db.execute(
                f"update raw.{table} as t set {column} = map.new{key}"
                f" from new_{what} as map where t.{column} = map.old"
                f" and ends_with(t.source_instance, '{SECOND}')"
            )
    for subject, what in SUBJECTS.items():
        db.execute(
            "update raw.kantata__custom_field_values as t set subject_id = map.new"
            f" from new_{what} as map where t.subject_id = map.old"
            f" and t.subject_type = '{subject}'"
            f" and ends_with(t.source_instance, '{SECOND}')"
        )
    # The integration of the second PSA tells the ERP the ids that this one has.
    db.execute(
        "update raw.netsuite__transactions as t"
        " set external_id = 'KANTATA-INV-' || map.new from new_invoices as map"
        " where t.external_id = 'KANTATA-INV-' || map.old"
    )


def _contradict(db: duckdb.DuckDBPyConnection) -> None:
    """What the second systems say otherwise, and must not count."""
    db.execute(
        f"""
        -- A payroll's runs and one of its people have names that the other's have.
        update raw.adp__payroll_runs
        set item_id = replace(replace(item_id, 'QX2', 'QX1'), 'QX3', 'QX4'),
            _key = replace(replace(_key, 'QX2', 'QX1'), 'QX3', 'QX4')
        where ends_with(source_instance, '{SECOND}');
        update raw.adp__payroll_lines
        set item_id = replace(replace(item_id, 'QX2', 'QX1'), 'QX3', 'QX4'),
            _key = replace(replace(_key, 'QX2', 'QX1'), 'QX3', 'QX4')
        where ends_with(source_instance, '{SECOND}');
        create temp table namesakes as
            select
                min(associate_pseudonym) filter (payroll_group_code = 'QX1') as ours,
                min(associate_pseudonym) filter (payroll_group_code = 'QX2') as theirs
            from raw.adp__workers;
        update raw.adp__workers
        set associate_pseudonym = (select ours from namesakes),
            _key = replace(_key, associate_pseudonym, (select ours from namesakes))
        where associate_pseudonym = (select theirs from namesakes);
        update raw.adp__payroll_lines
        set associate_pseudonym = (select ours from namesakes)
        where associate_pseudonym = (select theirs from namesakes)
            and ends_with(source_instance, '{SECOND}');
        -- Each HR has a holiday of a country where it has nobody.
        insert into raw.workday__holidays
            select * replace (
                case when ends_with(source_instance, '{SECOND}') then 'US' else 'DE' end
                    as country,
                date '2025-02-05' as holiday_date,
                md5(_event_id) as _event_id,
                'another ' || _key as _key
            )
            from raw.workday__holidays
            qualify row_number() over (partition by source_instance order by _key) = 1;
        -- The first HR's first employee is known to the second one, too.
        insert into raw.workday__workers
            select * replace (
                source_instance || '{SECOND}' as source_instance,
                md5(_event_id) as _event_id
            )
            from raw.workday__workers
            where employee_id = (
                select min(employee_id) from raw.workday__workers
                where not ends_with(source_instance, '{SECOND}')
            );
        -- The second CRM calls customers otherwise.
        update raw.salesforce__accounts set name = name || ' (Europe)'
        where ends_with(source_instance, '{SECOND}');
        -- Cards differ, in the currencies in which nobody of that PSA is charged.
        create temp table charged as
            select distinct
                starts_with(source_instance, 'salesforce{SECOND}') as is_second,
                currency_iso_code as currency
            from raw.salesforce__opportunities
            where is_won;
        update raw.kantata__rate_card_roles as prices
        set rate = prices.rate * 2
        from raw.kantata__rate_card_versions as versions,
            raw.kantata__rate_cards as cards
        where prices.rate_card_version_id = versions.id
            and prices.source_instance = versions.source_instance
            and versions.rate_card_id = cards.id
            and versions.source_instance = cards.source_instance
            and not exists (
                select 1 from charged
                where charged.currency = cards.currency
                    and charged.is_second
                    = ends_with(prices.source_instance, '{SECOND}')
            );
        """
    )


def _count_landings_anew(db: duckdb.DuckDBPyConnection) -> None:
    """The books of landing, as if each instance had been landed."""
    tables = dict.fromkeys((*SHARED, *MOVED, "kantata__custom_field_values"))
    for table in tables:
        vendor, name = table.split("__")
        db.execute(
            "insert into raw._landings select * replace ("
            f" source_instance || '{SECOND}' as source_instance,"
            " md5(_event_id) as _event_id) from raw._landings"
            f" where vendor = '{vendor}' and table_name = '{name}'"
        )
        db.execute(
            "update raw._landings as l set rows_landed ="
            f" (select count(*) from raw.{table} as t where"
            "  t.source_instance = l.source_instance and t._load_id = l.load_id)"
            f" where vendor = '{vendor}' and table_name = '{name}'"
        )
