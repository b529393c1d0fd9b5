"""Migrations: one chain, the tables of the models, down and up again without losing a row."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import func, inspect, select

from igny8.engine.runs import start_run
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.upkeep import schema
from tests.conftest import on_sqlite
from tests.factories import make_keywords
from tests.web.conftest import fill

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "migrations" / "versions"


@pytest.fixture
def alembic(app):
    """Tie Alembic to the app, as igny8.upkeep.migrations does."""
    Migrate(app, db, directory=app.config["MIGRATIONS"], compare_type=True)


def migrations() -> list[Path]:
    return sorted(VERSIONS.glob("*.py"))


def test_migrations_form_one_numbered_chain():
    before = "None"
    for number, path in enumerate(migrations(), 1):
        found = dict(
            re.findall(r"^(revision|down_revision) = (.+)$", path.read_text(), re.MULTILINE)
        )
        assert path.name.startswith(f"{number:04}_")
        assert found == {"revision": f"'{number:04}'", "down_revision": before}
        before = f"'{number:04}'"


def test_migrated_tables_match_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@on_sqlite
def test_row_ids_are_never_reused(app):
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


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def counts() -> dict[str, int]:
    """Return the number of rows of each table of the models that exists now."""
    there = tables()
    with read_transaction() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in db.metadata.sorted_tables
            if table.name in there
        }


def test_every_migration_is_reversible_without_losing_a_row(site, app, drain, alembic):
    """Batch mode rebuilds a table by dropping it; with foreign keys on, its children would go along."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    drain()
    all_tables, folder = tables(), app.config["MIGRATIONS"]
    for number in range(len(migrations()), 1, -1):
        before = counts()
        downgrade(directory=folder, revision=f"{number - 1:04}")
        kept = tables()  # what the migration itself creates is dropped with it
        upgrade(directory=folder, revision=f"{number:04}")
        after = counts()
        assert {name: after[name] for name in before if name in kept} == {
            name: before[name] for name in before if name in kept
        }
        downgrade(directory=folder, revision=f"{number - 1:04}")
    assert {name for name, rows in counts().items() if not rows} <= {"keyword_import"}
    downgrade(directory=folder)
    assert tables() <= {"alembic_version", "sqlite_sequence"}
    upgrade(directory=folder)
    assert tables() == all_tables


def test_articles_that_people_saw_before_the_approval_rule_wait_for_a_person(site, app, alembic):
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.exec_driver_sql("UPDATE content SET handed_over = false WHERE id > 2")
        tx.exec_driver_sql("UPDATE content SET version = 2 WHERE id = 3")
    folder = app.config["MIGRATIONS"]
    downgrade(directory=folder, revision="0033")
    upgrade(directory=folder, revision="0034")
    with read_transaction() as tx:
        marks = tx.exec_driver_sql("SELECT person_only FROM content ORDER BY id").scalars().all()
    assert marks == ["earlier", "earlier", "earlier", ""]


@on_sqlite
def test_rebuilding_a_parent_table_keeps_its_children(site, app, drain, alembic, tmp_path):
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
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
def test_foreign_keys_are_enforced_after_a_migration(site, app):
    with write_transaction() as tx:
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_process_of_another_version_refuses_to_start(app, monkeypatch):
    for revision, cure in (("9999", "Update IGNY8 here"), ("0000", "igny8 db upgrade")):
        with write_transaction() as tx:
            tx.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        if revision == "0000":
            monkeypatch.setattr(schema, "_revisions", lambda folder: ("0001", "0000"))
        with pytest.raises(Igny8Error, match=cure):
            schema.ensure_current()
