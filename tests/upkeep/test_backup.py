"""Backup and restore: what was taken while work went on comes back whole, elsewhere, and goes on."""

import json
import os
import stat
import zipfile

import pytest
from sqlalchemy import select, update

from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance
from igny8.engine.work import claims, heartbeat, recovery
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import ProviderEndpoint, Run, RunEvent, Site, User, Worker
from igny8.upkeep import archive, databases, postgres_programs, schema
from igny8.upkeep.backup import create_backup
from igny8.upkeep.migrations import downgrade
from igny8.upkeep.restore import restore
from tests.chaos import checker
from tests.conftest import (
    InlineWorker,
    PostgresDatabase,
    SqliteFile,
    make_app,
    on_postgresql,
    on_sqlite,
)
from tests.factories import make_keywords
from tests.servers import PASSWORD, QUOTED_PASSWORD

KEYWORDS = 12


@pytest.fixture
def halfway(site, inline_worker):
    """A run with settled claims, an active one and queued items; return the active claim."""
    make_keywords(site.id, KEYWORDS)
    start_run.start_run(site.id)
    for _ in range(8):
        batch = inline_worker.claim()
        if inline_worker.process(batch):
            advance(batch.run_id)
    return inline_worker.claim()


@pytest.fixture
def elsewhere(database, request, tmp_path_factory, monkeypatch):
    """Return a function that pushes the context of an empty installation of the same kind, on another machine."""
    contexts = []

    def arrive():
        for module in (heartbeat, recovery):
            monkeypatch.setattr(module, "host_id", lambda: "another machine")
        folder = tmp_path_factory.mktemp("elsewhere")
        there = (
            PostgresDatabase(database.server)
            if database.url
            else SqliteFile(request.getfixturevalue("migrated"), folder)
        )
        app = make_app(folder, there.url)
        contexts.append(app.app_context())
        contexts[-1].push()
        return app, there

    yield arrive
    for context in reversed(contexts):
        db.session.remove()
        db.engine.dispose()
        context.pop()


def images_of(app):
    return app.config["SETTINGS"].images


def finish(app) -> None:
    """Let a worker of this installation do what is left."""
    InlineWorker(app).drain()


def test_backup_of_an_active_run_restores_and_finishes(
    app, halfway, drain, file, elsewhere, tmp_path
):
    made = create_backup(tmp_path / "copy.zip")
    assert made.missing == ()
    drain()
    there_app, there = elsewhere()
    told = restore(made.path)
    assert checker.check(there.where, images=images_of(there_app)) == []
    with read_transaction() as tx:
        run = tx.execute(select(Run.state, Run.bar_remaining)).one()
    assert run.state == "running" and 0 < run.bar_remaining < 1
    assert any("1 run had not ended" in line for line in told)
    finish(there_app)
    assert checker.check(there.where, images=images_of(there_app)) == []
    with read_transaction() as tx:
        assert tx.execute(select(Run.state)).scalar_one() == "completed"


def test_restored_run_requeues_active_items(halfway, elsewhere, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    app, _ = elsewhere()
    restore(made.path)
    with read_transaction() as tx:
        assert tx.execute(select(Worker.id).where(Worker.stopped_at.is_(None))).all() == []
        assert tx.execute(select(RunEvent.kind).where(RunEvent.kind == "restored")).all() == [
            ("restored",)
        ]
    claims.clear_caches()
    again = InlineWorker(app).claim()
    assert [i.id for i in again.items] == [i.id for i in halfway.items]
    assert [(i.attempt, i.crashes) for i in again.items] == [(i.attempt, 0) for i in halfway.items]


def test_restore_into_an_empty_installation_keeps_nothing_aside(site, elsewhere, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    app, _ = elsewhere()
    restore(made.path)
    with read_transaction() as tx:
        assert tx.execute(select(Site.slug)).scalars().all() == ["green"]
    assert list(app.config["SETTINGS"].data_dir.glob("*restore*")) == []


def test_installation_with_a_site_is_replaced_only_with_force(site, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    with pytest.raises(Igny8Error, match="--force"):
        restore(made.path)


def test_installation_with_a_user_is_not_empty(site, elsewhere, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    elsewhere()
    with write_transaction() as tx:
        User.create(tx, "owner", "-", is_admin=True)
    with pytest.raises(Igny8Error, match="--force"):
        restore(made.path)


def aside(app) -> list:
    return list(app.config["SETTINGS"].data_dir.glob("before-restore-*"))


def test_forced_restore_moves_the_old_data_aside(app, site, file, tmp_path):
    (images_of(app) / "old.webp").write_bytes(b"old")
    made = create_backup(tmp_path / "copy.zip")
    with write_transaction() as tx:
        Site.create(tx, "Later", "later")
    (images_of(app) / "later.webp").write_bytes(b"later")
    told = restore(made.path, force=True)
    with read_transaction() as tx:
        assert tx.execute(select(Site.slug)).scalars().all() == ["green"]
    assert [path.name for path in images_of(app).iterdir()] == ["old.webp"]
    (folder,) = aside(app)
    assert (folder / "images" / "later.webp").read_bytes() == b"later"
    assert any(str(folder) in line for line in told)
    if db.engine.dialect.name == "postgresql":
        with read_transaction() as tx:
            stamp = folder.name.removeprefix("before-restore-")
            kept = (
                tx.exec_driver_sql(f'SELECT slug FROM "before_restore_{stamp}".site')
                .scalars()
                .all()
            )
    else:
        with checker.looking_at(folder / "igny8.db") as old:
            kept = [row["slug"] for row in old.execute("SELECT slug FROM site")]
    assert sorted(kept) == ["green", "later"]


def test_failed_restore_is_undone(app, site, monkeypatch, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    with write_transaction() as tx:
        Site.create(tx, "Later", "later")
    (images_of(app) / "later.webp").write_bytes(b"later")

    def fail():
        raise Igny8Error("the migration failed")

    monkeypatch.setattr(schema, "upgrade", fail)
    with pytest.raises(Igny8Error, match="the migration failed"):
        restore(made.path, force=True)
    with read_transaction() as tx:
        assert sorted(tx.execute(select(Site.slug)).scalars()) == ["green", "later"]
    assert (images_of(app) / "later.webp").read_bytes() == b"later"
    assert list(app.config["SETTINGS"].data_dir.glob("*restore*")) == []


def changed(path, change) -> None:
    """Write an archive again with each member passed through a function of its name and data."""
    with zipfile.ZipFile(path) as old:
        members = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members:
            new.writestr(name, change(name, data))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("schema", "9999", "newer IGNY8"),
        ("format", 2, "format 2"),
        ("database", "other", "kind other"),
    ],
)
def test_archive_of_another_database_type_is_refused(site, tmp_path, name, value, says):
    made = create_backup(tmp_path / "copy.zip")
    changed(
        made.path,
        lambda member, data: (
            json.dumps(json.loads(data) | {name: value}).encode()
            if member == archive.MANIFEST
            else data
        ),
    )
    with pytest.raises(Igny8Error, match=says):
        restore(made.path, force=True)
    assert not databases.is_empty()


def test_damaged_archive_is_refused_with_its_damage(app, site, tmp_path):
    (app.config["SETTINGS"].uploads / "list.csv").write_text("a,b")
    made = create_backup(tmp_path / "copy.zip")
    changed(made.path, lambda member, data: b"a;b" if member == "uploads/list.csv" else data)
    with pytest.raises(archive.InvalidArchive, match=r"uploads/list\.csv was changed or damaged"):
        restore(made.path, force=True)


def test_truncated_file_is_refused(site, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    with open(made.path, "r+b") as file:
        file.truncate(made.bytes // 2)
    with pytest.raises(archive.InvalidArchive, match="damaged"):
        restore(made.path, force=True)


@pytest.mark.parametrize(
    "name", ["../evil", "images/../../evil", "/evil", "igny8.db", "images\\evil", "keys/other.key"]
)
def test_archive_member_outside_the_folder_is_refused(site, tmp_path, name):
    made = create_backup(tmp_path / "copy.zip")
    with zipfile.ZipFile(made.path) as old:
        manifest = json.loads(old.read(archive.MANIFEST))
    manifest["members"][name] = {"bytes": 0, "sha256": ""}
    changed(
        made.path,
        lambda member, data: json.dumps(manifest).encode() if member == archive.MANIFEST else data,
    )
    with pytest.raises(archive.InvalidArchive, match="no backup of IGNY8 has"):
        restore(made.path, force=True)


def test_older_tables_are_upgraded(site, elsewhere, tmp_path, app):
    from_before = schema._revisions(app.config["MIGRATIONS"])[1]
    downgrade(from_before)
    made = create_backup(tmp_path / "copy.zip")
    elsewhere()
    told = restore(made.path)
    assert schema.compare_revision(schema.current_revision()) == "same"
    assert any(f"from {from_before} to" in line for line in told)
    with read_transaction() as tx:
        assert tx.execute(select(Site.slug)).scalars().all() == ["green"]


def test_archive_contains_keys_only_on_request(app, site, tmp_path):
    without, with_keys = (
        create_backup(tmp_path / "a.zip"),
        create_backup(tmp_path / "b.zip", with_keys=True),
    )
    with zipfile.ZipFile(without.path) as file:
        assert not any(name.startswith("keys/") for name in file.namelist())
    with zipfile.ZipFile(with_keys.path) as file:
        assert file.read("keys/encryption.key").decode() == ",".join(
            app.config["SETTINGS"].encryption_keys
        )
    assert stat.S_IMODE(os.stat(with_keys.path).st_mode) & 0o077 == 0


def test_restored_keys_are_locked_without_the_key_file(site, elsewhere, tmp_path):
    with write_transaction() as tx:
        ProviderEndpoint.create(
            tx, site.id, "Server", "https://models.example/v1", "sk-0123456789abcdef"
        )
    without, with_keys = (
        create_backup(tmp_path / "a.zip"),
        create_backup(tmp_path / "b.zip", with_keys=True),
    )
    elsewhere()
    assert any(
        "1 key of model servers cannot be decrypted" in line for line in restore(without.path)
    )
    app, _ = elsewhere()
    restore(with_keys.path)
    kept = (app.config["SETTINGS"].data_dir / "encryption.key").read_text()
    with zipfile.ZipFile(with_keys.path) as file:
        assert kept == file.read("keys/encryption.key").decode()


def test_missing_image_file_is_reported(app, halfway, drain, tmp_path):
    drain()
    path = next(path for path in images_of(app).rglob("*.webp"))
    path.unlink()
    made = create_backup(tmp_path / "copy.zip")
    assert made.missing == (path.relative_to(images_of(app)).as_posix(),)


def test_backup_overwrites_nothing_and_leaves_no_partial_file(site, tmp_path, monkeypatch):
    target = tmp_path / "copies" / "copy.zip"
    made = create_backup(target)
    with pytest.raises(Igny8Error, match="never overwrites"):
        create_backup(target)
    monkeypatch.setattr(
        archive, "verify", lambda path: (_ for _ in ()).throw(archive.InvalidArchive("damaged"))
    )
    with pytest.raises(archive.InvalidArchive):
        create_backup(tmp_path / "copies" / "other.zip")
    assert [path.name for path in made.path.parent.iterdir()] == ["copy.zip"]


def test_database_in_use_is_not_replaced(app, site, file, monkeypatch, tmp_path):
    made = create_backup(tmp_path / "copy.zip")
    monkeypatch.setattr("igny8.upkeep.restore.CLOSING_S", 0.0)
    monkeypatch.setattr(
        type(databases.database()), "other_connections", lambda self: ["igny8 (pid 7)"]
    )
    with pytest.raises(Igny8Error, match=r"in use by igny8 \(pid 7\)"):
        restore(made.path, force=True)


def test_connection_that_is_just_being_closed_delays_a_restore_only(
    app, site, monkeypatch, tmp_path
):
    made, seen = create_backup(tmp_path / "copy.zip"), [["igny8 (pid 7)"]]
    monkeypatch.setattr(
        type(databases.database()), "other_connections", lambda self: seen.pop() if seen else []
    )
    assert restore(made.path, force=True)


@on_postgresql
def test_postgresql_programs_get_the_password_only_in_their_environment(app):
    connection, password = postgres_programs.connection_settings()
    assert password == PASSWORD
    assert PASSWORD not in connection and QUOTED_PASSWORD not in connection
    assert "user=igny8" in connection and "***" not in connection


@on_sqlite
def test_missing_program_is_named_with_a_remedy(app, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Igny8Error, match="pg_dump was not found.*postgresql-client"):
        postgres_programs.run_program("pg_dump")


@on_sqlite
def test_damaged_database_is_not_backed_up(app, site, file, tmp_path):
    with write_transaction() as tx:
        tx.execute(update(Site).values(name="x" * 40_000))
    db.session.remove()
    db.engine.dispose()
    with open(file, "r+b") as raw:
        raw.seek(4096 * 3)
        raw.write(b"\xff" * 4096 * 4)
    with pytest.raises(Igny8Error, match="broken|cannot be read|malformed"):
        create_backup(tmp_path / "copy.zip")
    assert not (tmp_path / "copy.zip").exists()
