"""An installation whose database is missing, empty or damaged refuses to start anew."""

from pathlib import Path

import pytest

from igny8.errors import Igny8Error
from igny8.extensions import db
from igny8.upkeep import doctor, installation, schema
from igny8.upkeep.backup import create_backup
from igny8.upkeep.restore import restore
from tests.conftest import make_app, on_sqlite


@pytest.fixture
def app(database, tmp_path):
    """Return an app of its own that has started once, inside its context."""
    url, drop = f"sqlite:///{tmp_path / 'own.db'}", None
    if hasattr(database, "server"):
        name = f"lost_{database.name}"
        url = database.url.replace(database.name, name)
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        database.server.run(drop)
        database.server.run(f"CREATE DATABASE {name}")
    app = make_app(tmp_path / "data", url)
    with app.app_context():
        schema.ensure_current()
        yield app
        db.session.remove()
        db.engine.dispose()
    if drop:
        database.server.run(drop)


@pytest.fixture
def lose_database(app, database):
    """Return a function that removes or overwrites the database."""

    def lose(content: bytes | None = None) -> None:
        db.session.remove()
        url = db.engine.url
        db.engine.dispose()
        if url.host:
            database.server.run(f"DROP DATABASE {url.database} WITH (FORCE)")
            database.server.run(f"CREATE DATABASE {url.database}")
            return
        for suffix in ("", "-wal", "-shm"):
            Path(url.database + suffix).unlink(missing_ok=True)
        if content is not None:
            Path(url.database).write_bytes(content)

    return lose


def test_lost_database_is_not_replaced_by_an_empty_one(app, lose_database):
    lose_database()
    for start in (schema.upgrade, schema.ensure_current):
        with pytest.raises(Igny8Error, match=r"missing or empty.*igny8 restore FILE"):
            start()
    assert schema.current_revision() is None


def test_refusal_names_the_last_backup_and_it_restores(app, lose_database, tmp_path):
    file = tmp_path / "backup.zip"
    create_backup(file)
    lose_database()
    with pytest.raises(Igny8Error) as refusal:
        schema.ensure_current()
    assert f"igny8 restore {file} --force" in str(refusal.value)
    restore(file, force=True)
    schema.ensure_current()


def test_doctor_reports_a_lost_database(app, lose_database):
    lose_database()
    found = [f for f in doctor.run_checks(("tables",)) if f.level == "bad"]
    assert len(found) == 1 and "missing or empty" in found[0].text


def test_leftovers_of_a_killed_restore_are_reported(app, lose_database):
    left = app.config["SETTINGS"].data_dir / ".restore-20260101_000000"
    left.mkdir()
    found = [f for f in doctor.run_checks(("restore",)) if f.level == "warn"]
    assert len(found) == 1 and str(left) in found[0].text
    lose_database()
    with pytest.raises(Igny8Error, match="restore-20260101_000000"):
        schema.ensure_current()


def test_new_folder_starts_a_new_installation(tmp_path):
    with make_app(tmp_path / "new", f"sqlite:///{tmp_path / 'new.db'}").app_context():
        schema.ensure_current()
        assert schema.compare_revision(schema.current_revision()) == "same"
        assert (tmp_path / "new" / installation.FILE_NAME).exists()
        db.engine.dispose()


@on_sqlite
def test_damaged_database_can_be_restored(app, lose_database, tmp_path):
    file = tmp_path / "backup.zip"
    create_backup(file)
    lose_database(b"no database" * 1000)
    restore(file, force=True)
    schema.ensure_current()
