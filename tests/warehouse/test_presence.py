"""What vendors say of people, and what follows where they leave a part of it out."""

import duckdb

from tests.mutants.rendering import Renderer

SYSTEMS = [("hr", "hr_uk", "sage"), ("hr", "leave", "holidaze"), ("psa", "time", "h")]


def test_a_vendor_that_says_part_of_hr_leaves_the_rest_unsaid():
    says = {
        "sage": ["hr_workers", "hr_pay"],
        "holidaze": ["hr_absences"],
        "workday": ["hr"],
        "h": ["psa", "hr_holidays"],
    }
    query = Renderer(vendor_roles=says).render("int_hr_contracts")
    with duckdb.connect() as db:
        db.execute("create schema given")
        db.execute(
            "create table given.dim_role_systems"
            " (role_code varchar, source_instance varchar, source_system varchar)"
        )
        db.executemany("insert into given.dim_role_systems values (?, ?, ?)", SYSTEMS)
        found = db.execute(query).fetchall()
    assert sorted(found) == [
        ("hr_uk", "hr_pay"),
        ("hr_uk", "hr_workers"),
        ("leave", "hr_absences"),
    ]
