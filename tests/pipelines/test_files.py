"""Files of systems without an API, landed from a real folder into a real database."""

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import yaml
from click.testing import CliRunner

from dlt_pipelines.commands.files import files
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT, Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.landing import Landing, land_instances
from dlt_pipelines.vendors.files.declaration import declared
from dlt_pipelines.vendors.files.preview import tried
from dlt_pipelines.vendors.files.refusal import Refusal
from tests.pipelines import workbook
from tests.pipelines.bureau import (
    HEADER,
    JUNE,
    NOW,
    REGISTER,
    Bureau,
    Quick,
    checked,
    kind_of,
    register,
)


@pytest.fixture
def bureau(tmp_path, monkeypatch):
    """One whose files are landed in memory."""
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    made = Quick(tmp_path)
    made.declare(register=REGISTER)
    yield made
    made.close()


@pytest.fixture
def landed(tmp_path, monkeypatch) -> Bureau:
    """One whose files are landed as `tieout land` does."""
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    made = Bureau(tmp_path)
    made.declare(register=REGISTER)
    return made


def test_a_register_says_lines_and_runs_in_the_words_of_the_contracts(landed):
    landed.deliver("register_2026-06_1.csv", register(*JUNE))
    report = landed.land()
    assert not report.failures
    assert landed.deliveries() == {"register_2026-06_1.csv": ("landed", None)}
    assert landed.lines() == [
        ("R6", 1, Decimal("4200.5000")),
        ("R6", 2, Decimal("840.1000")),
        ("R6", 3, Decimal("-1234.0000")),
    ]
    [(run, final, hours, code, person)] = landed.rows(
        "select runs.payroll_run_id, is_final, paid_hours, pay_code, person_pseudonym"
        " from raw.files__payroll_runs as runs join raw.files__payroll_lines as lines"
        " on runs.payroll_run_id = lines.payroll_run_id where line_number = 1"
    )
    assert (run, final, hours, code) == (
        "R6",
        True,
        Decimal("173.33"),
        "Grundgehalt Büro",
    )
    assert "0007" not in person


FIRST = "register_2026-06_1.csv"


def test_a_file_is_landed_once_however_often_it_is_delivered(landed):
    landed.deliver(FIRST, register(*JUNE))
    landed.land()
    assert landed.land().rows_landed == 0
    landed.deliver("register_2026-06_2.csv", register(*JUNE))
    landed.land()
    assert landed.deliveries()["register_2026-06_2.csv"] == (
        "duplicate",
        f"it is {FIRST} again",
    )
    assert landed.rows("select max(_version) from raw.files__payroll_lines") == [(1,)]


def test_a_corrected_file_replaces_what_its_predecessor_said_with_history(bureau):
    bureau.deliver(FIRST, register(*JUNE))
    bureau.land()
    changed = JUNE[0].replace("4.200,50", "4.300,50")
    corrected = register(changed, JUNE[1], total="5.140,60")
    bureau.deliver("register_2026-06_2.csv", corrected)
    bureau.land()
    assert bureau.lines() == [
        ("R6", 1, Decimal("4300.5000")),
        ("R6", 2, Decimal("840.1000")),
    ]
    history = bureau.rows(
        "select line_number, _version, amount, _deleted from raw.files__payroll_lines"
        " order by all"
    )
    assert history == [
        (1, 1, Decimal("4200.5000"), False),
        (1, 2, Decimal("4300.5000"), False),
        (2, 1, Decimal("840.1000"), False),
        (3, 1, Decimal("-1234.0000"), False),
        (3, 2, Decimal("-1234.0000"), True),
    ]


def test_an_older_file_does_not_undo_a_newer_one(bureau):
    bureau.deliver("register_2026-06_2.csv", register(*JUNE))
    bureau.land()
    changed = JUNE[0].replace("4.200,50", "4.300,50")
    bureau.deliver(FIRST, register(changed, *JUNE[1:], total="3.906,60"))
    bureau.land()
    status, reason = bureau.deliveries()[FIRST]
    assert status == "refused"
    assert "register_2026-06_2.csv, which is newer, was landed before it" in reason
    assert bureau.lines()[0] == ("R6", 1, Decimal("4200.5000"))


def test_of_two_files_at_once_the_later_one_has_the_word(bureau):
    changed = JUNE[0].replace("4.200,50", "4.300,50")
    corrected = register(changed, JUNE[1], total="5.140,60")
    bureau.deliver("register_2026-06_10.csv", corrected)
    bureau.deliver("register_2026-06_9.csv", register(*JUNE))
    bureau.land()
    assert [number for _, number, _ in bureau.lines()] == [1, 2]
    assert {status for status, _ in bureau.deliveries().values()} == {"landed"}


REFUSED = {
    "empty": (b"", "it is empty"),
    "no rows": (register(total="0"), "it has no rows"),
    "a trailer that is cut off": (register(*JUNE)[:-15], "it is cut short"),
    "a line too few": (
        register(*JUNE).replace(JUNE[1].encode("cp1252") + b"\r\n", b""),
        "it has 2 rows, and its control says 3",
    ),
    "another total": (register(*JUNE, total="3.806,61"), "the sum of Betrag is not"),
    "utf-8": (
        register(*JUNE).decode("cp1252").encode(),
        "declared to be in cp1252, and is in utf-8",
    ),
    "utf-16": (register(*JUNE).decode("cp1252").encode("utf-16"), "null bytes"),
    "no such column": (
        register(*JUNE).replace(b"Lohnart", b"Lohn-Art"),
        "it has no column Lohnart",
    ),
    "a field too few": (
        register(*JUNE).replace(b";AG-Anteil", b""),
        "line 3 cannot be taken apart (missing columns)",
    ),
    "no person": (
        register(*JUNE).replace(b";0008;", b";;"),
        "line 4: person_pseudonym is empty",
    ),
    "a word nobody knows": (
        register(*JUNE).replace(b"0007;A;", b"0007;X;"),
        "line 3: section has a word that is not declared",
    ),
    "no date": (
        register(*JUNE).replace(
            b"0008;L;R\xfcckrechnung;;1.234,00-;01.06.2026",
            b"0008;L;R;;1.234,00-;2026-06-01",
        ),
        "line 4: period_start_date is no date as declared",
    ),
    "days that are swapped": (
        register(*JUNE).replace(b"01.06.2026;30.06.2026", b"30.06.2026;01.06.2026"),
        "line 2: period_end_date is before period_start_date",
    ),
    "a person of another kind": (
        register(*JUNE).replace(b";0008;", b";DE08;"),
        "line 4: person_pseudonym does not look as declared",
    ),
    "another notation": (
        register(*JUNE).replace(b"4.200,50", b"4200.50"),
        "values of Betrag are no numbers as declared",
    ),
    "a line twice": (
        register(*JUNE[:2], JUNE[1], total="5.880,70"),
        "lines 3, 4: payroll_run_id, line_number is in several rows",
    ),
}


@pytest.mark.parametrize(("body", "told"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_as_declared_is_refused_whole(tmp_path, body, told):
    kind = kind_of(tmp_path / "feeds", REGISTER)
    with pytest.raises(Refusal) as refusal:
        checked(tmp_path, kind, FIRST, body).refuse()
    reason = str(refusal.value)
    assert told in reason
    assert "4.200" not in reason
    assert "4200" not in reason


def test_a_refused_file_lands_nothing_and_is_over_when_it_is_taken_away(bureau):
    there = bureau.deliver(FIRST, register(*JUNE, total="1,00"))
    bureau.land()
    assert bureau.lines() == []
    assert bureau.deliveries()[FIRST][0] == "refused"
    bureau.deliver("register_2026-06_2.csv", register(*JUNE))
    bureau.land()
    assert len(bureau.lines()) == 3
    there.unlink()
    bureau.land()
    assert bureau.deliveries()[FIRST] == ("removed", None)


def test_a_file_that_is_still_written_is_left_for_later(bureau):
    bureau.deliver(FIRST, register(*JUNE), at=time.time())
    bureau.land()
    assert bureau.deliveries() == {}
    bureau.deliver(FIRST, register(*JUNE))
    bureau.land()
    assert len(bureau.lines()) == 3


def test_a_foreign_file_is_told_unless_it_is_ignored(bureau):
    bureau.deliver("Register.csv", b"a;b")
    bureau.deliver("readme.txt", b"hello")
    bureau.options["ignore"] = ["*.txt"]
    bureau.land()
    assert bureau.deliveries() == {
        "Register.csv": ("foreign", "no declaration is of files of this name")
    }


def test_a_month_without_a_file_is_overdue_until_it_comes(bureau):
    bureau.deliver("register_2026-05_1.csv", register(*JUNE))
    bureau.land()
    status, reason = bureau.deliveries()["register of 2026-06"]
    assert (status, reason[:26]) == ("overdue", "no file came of 2026-06, w")
    bureau.deliver(FIRST, register(*[line.replace("R6", "R7") for line in JUNE]))
    bureau.land()
    assert bureau.deliveries()["register of 2026-06"][0] == "arrived"


def test_another_declaration_reads_a_file_again(bureau):
    bureau.deliver(FIRST, register(*JUNE))
    bureau.land()
    bureau.declare(register=REGISTER.replace('L = "earnings"', 'L = "employer_taxes"'))
    bureau.land()
    sections = bureau.rows(
        "select line_number, _version, section from raw.files__payroll_lines"
        " order by all"
    )
    assert sections == [
        (1, 1, "earnings"),
        (1, 2, "employer_taxes"),
        (2, 1, "employer_taxes"),
        (3, 1, "earnings"),
        (3, 2, "employer_taxes"),
    ]


def test_a_landed_file_that_another_declaration_does_not_fit_stands(bureau):
    """A system changes its layout, and its older files are still there."""
    bureau.deliver(FIRST, register(*JUNE))
    bureau.land()
    bureau.declare(register=REGISTER.replace('"Lohnart"', '"Lohn-Art"'))
    later = register(*[line.replace("R6", "R7") for line in JUNE])
    later = later.replace(b"Lohnart", b"Lohn-Art")
    bureau.deliver("register_2026-07_1.csv", later)
    bureau.land()
    assert len(bureau.lines()) == 6
    assert bureau.deliveries() == {
        FIRST: ("landed", "not read again: it has no column Lohn-Art"),
        "register_2026-07_1.csv": ("landed", None),
    }


def test_many_lines_that_are_gone_wait_until_somebody_confirms_it(landed):
    line = JUNE[0].replace("4.200,50", "1,00")
    lines = [line.replace("R6;1;", f"R6;{n};") for n in range(1, 51)]
    landed.deliver(FIRST, register(*lines, total="50,00"))
    landed.land()
    landed.deliver("register_2026-06_2.csv", register(*lines[:10], total="10,00"))
    for _ in range(2):  # it is told again, though the file is known
        report = landed.land()
        assert "would count as deleted" in report.failures["bureau"].what
        assert len(landed.lines()) == 50
    landed.land(accepted=frozenset({"bureau.payroll_lines"}))
    assert len(landed.lines()) == 10
    assert not landed.land().failures


FORMATS = {
    "fixed": (
        """
files = "time.txt"
format = "fixed"
encoding = "utf-8"
date_format = "%Y%m%d"
decimal_mark = ","
complete = {month = "work_date"}
[widths]
id = [1, 4]
day = [5, 8]
who = [13, 5]
hours = [18, 6]
job = [24, 6]
""",
        "t1  20260601ann    7,50T100  \nt2  20260602béa    0,25T100\n".encode(),
    ),
    "jsonl": (
        """
files = "time.jsonl"
format = "jsonl"
date_format = "%Y-%m-%d"
complete = {month = "work_date"}
""",
        b'{"id":"t1","day":"2026-06-01","who":"ann","hours":7.50,"job":"T100"}\n'
        b'{"id":"t2","day":"2026-06-02","who":"b\\u00e9a","hours":"0.25",'
        b'"job":"T100"}\n',
    ),
    "parquet": (
        """
files = "time.parquet"
format = "parquet"
complete = {month = "work_date"}
""",
        None,
    ),
    "xlsx": (
        """
files = "time.xlsx"
format = "xlsx"
complete = {month = "work_date"}
""",
        None,
    ),
}
TIME = """
[whole]
nothing = true
[says.psa_time_entries.columns]
time_entry_id = "id"
project_id = "job"
person_id = "who"
work_date = "day"
approval_status = {value = "approved"}
worked_minutes = {from = "hours", times = "60"}
billable_minutes = {from = "hours", times = "60"}
is_billable = {value = "true"}
"""
HOURS = [
    ("t1", date(2026, 6, 1), "ann", 7.5, "T100"),
    ("t2", date(2026, 6, 2), "béa", 0.25, "T100"),
]
COLUMNS = ("id", "day", "who", "hours", "job")


def in_parquet(rows, file: Path) -> bytes:
    pl.DataFrame(rows, schema=list(COLUMNS), orient="row").write_parquet(file)
    return file.read_bytes()


def in_xlsx(rows, file: Path) -> bytes:
    return workbook.written([COLUMNS, *rows], file)


MADE = {"parquet": in_parquet, "xlsx": in_xlsx}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_says_the_same(tmp_path, name):
    declaration, body = FORMATS[name]
    body = body or MADE[name](HOURS, tmp_path / "made")
    # What comes before a table's section is of the table above it.
    kind = kind_of(tmp_path / "feeds", declaration + TIME)
    of = kind.pattern
    read = checked(tmp_path, kind, of, body)
    read.refuse()
    assert read.scopes == ("2026-06-01",)
    entries = read.frames["psa_time_entries"].select(
        "time_entry_id", "work_date", "person_id", "worked_minutes", "project_id"
    )
    assert entries.rows() == [
        ("t1", date(2026, 6, 1), "ann", 450, "T100"),
        ("t2", date(2026, 6, 2), "béa", 15, "T100"),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_each_format_that_is_cut_is_refused(tmp_path, name):
    declaration, body = FORMATS[name]
    body = body or MADE[name](HOURS, tmp_path / "made")
    kind = kind_of(tmp_path / "feeds", declaration + TIME)
    for length in (len(body) - 5, len(body) // 3):
        with pytest.raises(Refusal):
            checked(tmp_path, kind, kind.pattern, body[:length]).refuse()


NUMBERS = {  # what is written, the declared marks, and what it means
    "1.234": ((".", ""), "1.234"),
    "1.234 ": ((",", "."), "1234"),
    "1,234": ((",", ""), "1.234"),
    " 1,234": ((".", ","), "1234"),
    "1.234,5": ((",", "."), "1234.5"),
    "1234,50-": ((",", "."), "-1234.5"),
    "-0,1": ((",", ""), "-0.1"),
    "+12": ((".", ""), "12"),
    "1'234.50": ((".", "'"), "1234.5"),
    "12.34.56": ((".", ""), None),
    "1.23": ((",", "."), None),  # no thousands
    "1,2345": ((",", ""), "1.2345"),
    "1,23456": ((",", ""), None),  # a digit too many to be kept
    "1e5": ((".", ""), None),
    "123456789012345.5": ((".", ""), None),  # too large for its column
    "12 EUR": ((".", ""), None),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_what_a_number_means_its_declaration_says(tmp_path, text):
    (mark, group), meant = NUMBERS[text]
    kind = kind_of(
        tmp_path / "feeds",
        f"""
files = "spent.csv"
delimiter = ";"
decimal_mark = "{mark}"
thousands_mark = "{group}"
complete = "changes"
[whole]
nothing = true
[says.spend_expense_lines.columns]
expense_line_id = "id"
expense_report_id = "report"
employee_number = "report"
expense_date = {{value = "2026-06-01"}}
currency_code = {{value = "EUR"}}
amount = "amount"
approval_status = {{value = "approved"}}
is_reimbursable = {{value = "true"}}
is_rechargeable = {{value = "false"}}
""",
    )
    body = f'id;report;amount\n1;r;"{text}"\n'.encode()
    read = checked(tmp_path, kind, "spent.csv", body)
    if meant is None:
        assert [(f.line, f.column) for f in read.faults] == [(2, "amount")]
    else:
        [amount] = read.frames["spend_expense_lines"]["amount"].to_list()
        assert amount == Decimal(meant)


def test_a_line_is_named_as_an_editor_counts_it(tmp_path):
    """A text has two lines, and one is empty."""
    kind = kind_of(tmp_path / "feeds", REGISTER)
    odd = JUNE[0].replace("Grundgehalt Büro", '"Grund\r\ngehalt"')
    wrong = JUNE[2].replace("01.06.2026", "31.06.2026")
    rows = [HEADER, odd, "", JUNE[1], wrong, "T;3;3.806,60", ""]
    read = checked(tmp_path, kind, FIRST, "\r\n".join(rows).encode("cp1252"))
    assert [(f.line, f.column) for f in read.faults] == [(6, "period_start_date")]


def test_everything_wrong_with_declarations_is_told_at_once(tmp_path):
    told = REGISTER.replace('"cp1252"', '"cp9999"').replace('"Betrag"', "7")
    told = told.replace("payroll_run_id =", "payroll_run =")
    told = told.replace('A = "employer_taxes"', 'A = "taxes"')
    (tmp_path / "register.toml").write_text(told)
    (tmp_path / "other.toml").write_text("files = [")
    with pytest.raises(ConfigurationError) as error:
        declared(Instance("bureau", "files", {"feeds": str(tmp_path)}))
    for part in (
        "other.toml: not valid TOML",
        "encoding is «cp9999»",
        "whole.total_of must be a text",
        "says.payroll_lines.columns.amount must be a column of the file",
        "payroll_run is no column",
        "payroll_run_id is lacking",
        "«taxes» is not one of earnings",
    ):
        assert part in error.value.what


def test_every_table_has_the_columns_of_its_contract():
    for name, table in declared_tables("files").items():
        if name == "deliveries":
            continue
        file = ROOT / "models/roles" / name.split("_")[0] / f"{name}.yml"
        [model] = yaml.safe_load(file.read_text())["models"]
        types = {
            column["name"]: column["data_type"].replace(" ", "")
            for column in model["columns"]
        }
        ours = {column.name: column.sql_type for column in table.columns}
        assert ours.items() <= types.items(), name
        assert types.keys() - ours.keys() - {"project_code_landed_at"} == {
            "source_system",
            "source_instance",
            "source_id",
            "source_version",
            "is_deleted",
            "source_updated_at",
            "landed_at",
        }


def test_which_roles_it_plays_is_what_its_files_say(landed):
    land_instances([landed.instance], Landing(landed.paths, "L", NOW, NOW.date(), b"k"))
    assert landed.rows("select contracts from raw._instances") == [
        ("payroll_lines payroll_runs",)
    ]


def test_a_file_is_tried_out_without_landing_it(bureau):
    file = bureau.deliver(FIRST, register(*JUNE), at=time.time())
    [good] = tried([bureau.instance], file)
    shown = "\n".join(text for _, text in good.told())
    assert good.would_land
    assert "3 rows in payroll_lines" in shown
    assert "payroll_run_id R6" in shown
    assert "amount …" in shown
    assert "4200" not in shown
    wrong = JUNE[1].replace(";A;", ";X;")
    bureau.deliver(FIRST, register(JUNE[0], wrong, JUNE[2]))
    [bad] = tried([bureau.instance], file)
    assert not bad.would_land
    assert ("Line 3", "section has a word that is not declared") in list(bad.told())


def test_the_command_shows_the_lines_that_would_not_land(bureau, tmp_path, monkeypatch):
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(
        '[tieout]\nfirm = "Blue Ltd"\n[sources.bureau]\nvendor = "files"\n'
        f'location = "{bureau.folder}"\nfeeds = "{bureau.feeds}"\n'
    )
    file = bureau.deliver(FIRST, register(*JUNE))
    shown = CliRunner().invoke(files, ["try", str(file)])
    assert shown.exit_code == 0, shown.output
    assert "3 rows in payroll_lines" in shown.output
    bureau.deliver(FIRST, register(JUNE[0], JUNE[1].replace(";A;", ";X;"), JUNE[2]))
    refused = CliRunner().invoke(files, ["try", str(file)])
    assert refused.exit_code == 1
    assert "Line 3     section has a word that is not declared" in refused.output
    assert "none of its 3 rows would land" in refused.output
