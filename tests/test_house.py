"""The house tests itself: who may import whom, what may be written, and that migrations lose nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select

from igny8 import config
from igny8.engine import fault_injection
from igny8.engine.runs import start_run
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import ACTIONS
from igny8.models.run import STATES
from igny8.stages import STAGES
from igny8.upkeep import key_rotation, schema
from tests.chaos import harness
from tests.conftest import on_sqlite
from tests.factories import make_keywords

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ROOT / "migrations" / "versions"
MODULES = sorted(path for path in (ROOT / "igny8").rglob("*.py") if path.read_text().strip())
SILENT = ("models", "stages", "providers", "importers", "progress")  # they never commit
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls_of(tree, name: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_every_import_points_downstairs():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as lint; lint()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_stand_at_the_top_and_nothing_prints(path):
    tree = ast.parse(path.read_text())
    inside = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []
    assert calls_of(tree, "print") == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_error_is_swallowed_without_a_reason(path):
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        assert not re.match(r"\s*except\s*:", line), number
        if re.match(r"\s*except (Base)?Exception\b", line):
            assert re.search(r"# noqa: BLE001 - \w+", line), (
                f"line {number}: say why all errors are caught"
            )


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.relative_to(ROOT).parts[1] in SILENT], ids=named
)
def test_nobody_but_doors_and_engine_commits(path):
    text = path.read_text()
    assert ".commit(" not in text
    assert "writing()" not in text


@pytest.mark.parametrize("path", [p for p in MODULES if p.name not in ("clock.py",)], ids=named)
def test_the_time_is_asked_of_the_one_clock(path):
    tree = ast.parse(path.read_text())
    asked = [
        f"{node.func.value.id}.{node.func.attr} in line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr)
        in {("datetime", "now"), ("datetime", "utcnow"), ("time", "time"), ("time", "monotonic")}
    ]
    assert asked == []


# who may know a library that asks other servers, beside the door itself: the SDK is given the door's client
CLIENTS = {
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "requests",
    "urllib3",
    "aiohttp",
    "pycurl",
    "websockets",
    "http.client",
    "urllib.request",
    "xmlrpc.client",
    "ftplib",
    "smtplib",
    "telnetlib",
    "poplib",
    "imaplib",
    "openai",
    "socket",
}
KNOWN = {
    "igny8/outbound/http_client.py": {"httpx2", "httpcore2"},
    "igny8/outbound/addresses.py": {"socket"},
    "igny8/providers/openai_compatible/client.py": {"openai"},
    "igny8/providers/openai_compatible/errors.py": {
        "openai",
        "httpx2",
        "socket",
    },  # their errors alone
    "igny8/web/auth/request_checks.py": {"socket"},
    "igny8/engine/process_identity.py": {"socket"},
}  # the name of this machine


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_the_outside_is_asked_through_the_one_door(path):
    tree, found = ast.parse(path.read_text()), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    known = KNOWN.get(named(path), set())
    assert {
        name for name in found for client in CLIENTS - known if f"{name}.".startswith(f"{client}.")
    } == set()
    if "socket" in known:
        asks = {"create_connection", "socket", "create_server"}
        assert not [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in asks
            and isinstance(node.value, ast.Name)
            and node.value.id == "socket"
        ]
    made = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "OpenAI" in ast.unparse(node.func)
    ]
    assert all("http_client=self._http" in ast.unparse(call) for call in made if "openai" in known)


@pytest.mark.parametrize("path", [p for p in TESTS if p.name != "waiting.py"], ids=named)
def test_no_test_sleeps_or_mocks(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr != "sleep", f"line {node.lineno}: use tests.waiting.until"
        if isinstance(node, ast.ImportFrom):
            assert node.module != "unittest.mock", f"line {node.lineno}: use a fake"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "sanitising.py"], ids=named)
def test_html_is_cleaned_and_trusted_in_one_module(path):
    text = path.read_text()
    assert not re.search(
        r"\bnh3\b|\bMarkup\(|\bMarkup as|render_template_string|from_string\(", text
    )


def test_no_template_trusts_a_text():
    for path in (ROOT / "templates").rglob("*.*"):
        assert not re.search(
            r"\|\s*safe\b|\bMarkup\b|autoescape|style=|<style|javascript:|hx-on|hx-vals|\son\w+=",
            path.read_text(),
        ), named(path)


def test_every_test_file_says_what_it_is_about():
    for path in (ROOT / "tests").rglob("test_*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), named(path)


def test_the_seven_stages_have_one_shape():
    names = (
        "NUMBER",
        "KEY",
        "SHORT",
        "NAME",
        "TAKES",
        "MAKES",
        "VERB",
        "RESULT_KEYS",
        "WHOLE",
        "PRIOR",
        "waiting",
        "ask",
        "keep",
    )
    for number, stage_module in enumerate(STAGES, 1):
        assert [name for name in names if not hasattr(stage_module, name)] == []
        assert number == stage_module.NUMBER
        assert stage_module.__name__ == f"igny8.stages.s{number}_{stage_module.KEY}"


def test_every_move_begins_in_a_state_that_there_is():
    assert {state for rule in ACTIONS.values() for state in rule["from"]} <= set(STATES)


def test_every_fault_point_is_in_the_code_and_in_the_harness():
    text = "\n".join(path.read_text() for path in (ROOT / "igny8" / "engine").rglob("*.py"))
    assert set(re.findall(r'fault\("(\w+)"\)', text)) == {
        *fault_injection.POINTS,
        *fault_injection.PAID,
    }
    assert (fault_injection.POINTS, fault_injection.PAID) == (harness.POINTS, harness.PAID)


def test_a_fault_point_is_silent_unless_it_is_named(monkeypatch):
    monkeypatch.delenv("IGNY8_FAULT", raising=False)
    for point in fault_injection.POINTS:
        fault_injection.fault(point)
    monkeypatch.setenv("IGNY8_FAULT", "nowhere")
    fault_injection.fault("claimed")


def migrations() -> list[Path]:
    return sorted(VERSIONS.glob("*.py"))


def test_migrations_are_numbered_without_a_gap_and_follow_each_other():
    before = "None"
    for number, path in enumerate(migrations(), 1):
        found = dict(
            re.findall(r"^(revision|down_revision) = (.+)$", path.read_text(), re.MULTILINE)
        )
        assert path.name.startswith(f"{number:04}_")
        assert found == {"revision": f"'{number:04}'", "down_revision": before}
        before = f"'{number:04}'"


def test_the_migrated_tables_are_those_of_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_every_sealed_column_gets_a_new_key_with_the_others():
    sealed = {
        column
        for table in db.metadata.sorted_tables
        for column in table.c
        if "sealed" in column.name
    }
    assert sealed == set(key_rotation.ENCRYPTED_COLUMNS)


@on_sqlite
def test_no_row_id_is_given_away_again(app):
    with read_transaction() as tx:
        tables = dict(
            tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
        )
    reused = [
        name
        for name in (
            "site",
            "keyword",
            "cluster",
            "idea",
            "task",
            "content",
            "image",
            "automation_run",
        )
        if "AUTOINCREMENT" not in tables[name]
    ]
    assert reused == []


def test_migrations_go_down_and_up_again(app):
    tables = set(inspect(db.engine).get_table_names())
    for _ in migrations():
        downgrade(directory=app.config["MIGRATIONS"])
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    upgrade(directory=app.config["MIGRATIONS"])
    assert set(inspect(db.engine).get_table_names()) == tables


def counts() -> dict:
    with read_transaction() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar()
            for table in db.metadata.sorted_tables
        }


def test_no_migration_loses_a_row(site, app, drain):
    """Batch mode rebuilds a table by dropping it; with foreign keys on, its children would go along."""
    make_keywords(site.id, 8)
    start_run.run_now(site.id)
    drain()
    before = counts()
    for number in range(len(migrations()), 1, -1):
        downgrade(directory=app.config["MIGRATIONS"], revision=f"{number - 1:04}")
        there = set(
            inspect(db.engine).get_table_names()
        )  # what the migration itself makes goes with it
        upgrade(directory=app.config["MIGRATIONS"])
        assert {name: rows for name, rows in counts().items() if name in there} == {
            name: rows for name, rows in before.items() if name in there
        }
    assert {name for name, rows in before.items() if not rows and name in there} <= {
        "keyword_import"
    }


@on_sqlite
def test_the_rebuild_of_a_parent_keeps_its_children(site, app, drain, tmp_path):
    make_keywords(site.id, 8)
    start_run.run_now(site.id)
    drain()
    before = counts()
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (ROOT / "migrations").glob("*.*"):
        (folder / path.name).write_text(path.read_text())
    for path in migrations():
        (folder / "versions" / path.name).write_text(path.read_text())
    last = f"{len(migrations()):04}"
    (folder / "versions" / "9999_rebuild.py").write_text(REBUILD.format(last=last))
    upgrade(directory=str(folder))
    assert counts() == before
    assert "trial" in {column["name"] for column in inspect(db.engine).get_columns("site")}
    with read_transaction() as tx:
        assert tx.exec_driver_sql("PRAGMA foreign_key_check").all() == []


REBUILD = '''"""rebuild two parents"""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{last}"
branch_labels = depends_on = None
def upgrade():
    for table in ("site", "automation_run", "content"):
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("trial", sa.Integer()))
def downgrade():
    raise NotImplementedError
'''


@on_sqlite
def test_foreign_keys_hold_after_a_migration(site, app):
    with write_transaction() as tx:
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_bad_setting_stops_the_start_and_is_named(tmp_path):
    for name, value in (
        ("IGNY8_PORT", "http"),
        ("DATABASE_URL", "mysql://x"),
        ("IGNY8_SECRET_KEY", "secret"),
        ("HUEY_URL", "amqp://x"),
        ("HUEY_URL", "redis://[::1/0"),
        ("HUEY_URL", "redis://host/first"),
        ("HUEY_URL", "redis://host:port"),
    ):
        with pytest.raises(config.ConfigError, match=name):
            config.load({"IGNY8_DATA_DIR": str(tmp_path), name: value})


def test_a_process_of_another_version_refuses_to_start_and_says_why(app, monkeypatch):
    for revision, cure in (("9999", "Update IGNY8 here"), ("0000", "igny8 db upgrade")):
        with write_transaction() as tx:
            tx.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        if revision == "0000":
            monkeypatch.setattr(schema, "_revisions", lambda folder: ("0001", "0000"))
        with pytest.raises(Igny8Error, match=cure):
            schema.ensure_current()
