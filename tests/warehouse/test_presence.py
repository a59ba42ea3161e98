"""What vendors say of a role, and what follows where they leave a part of it out."""

import duckdb

from tests.mutants.rendering import Renderer


def test_a_vendor_that_says_part_of_a_role_leaves_the_rest_unsaid():
    says = {
        "sage": ["hr_workers", "hr_pay"],
        "holidaze": ["hr_absences"],
        "timebook": ["psa_people", "psa_projects", "psa_time_entries"],
        "kantata": ["psa"],
        "workday": ["hr", "psa_invoices"],
    }
    query = Renderer(vendor_roles=says).render("int_contracts_said")
    with duckdb.connect() as db:
        said = db.execute(f"select source_system, contract from ({query})").fetchall()
    assert sorted(said) == [
        ("holidaze", "hr_absences"),
        ("kantata", "psa_acceptances"),
        ("kantata", "psa_billing_milestones"),
        ("kantata", "psa_invoices"),
        ("kantata", "psa_progress_stated"),
        ("sage", "hr_pay"),
        ("sage", "hr_workers"),
        ("workday", "hr_absences"),
        ("workday", "hr_assignments"),
        ("workday", "hr_holidays"),
        ("workday", "hr_pay"),
        ("workday", "hr_workers"),
        ("workday", "psa_invoices"),
    ]
