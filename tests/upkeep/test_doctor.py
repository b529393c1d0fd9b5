"""The doctor: each trouble is found, named in one sentence, and told with what to do about it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from igny8 import clock, public_url
from igny8.app import create_app
from igny8.engine.runs import start_run
from igny8.extensions import write_transaction
from igny8.models import CircuitBreaker, ProviderEndpoint, Run, Worker
from igny8.upkeep import doctor, schema
from igny8.upkeep.doctor import drawing, environment
from igny8.version import version
from tests.conftest import on_sqlite, settings_in
from tests.factories import change_settings, make_keywords

AREAS = [
    "data",
    "disk",
    "database",
    "tables",
    "queue",
    "workers",
    "clocks",
    "runs",
    "schedules",
    "outbound",
    "providers",
    "accounts",
    "backup",
    "sizes",
    "images",
    "drawing",
    "parts",
]


@pytest.fixture
def worker(site, inline_worker):
    """A worker of this version, alive."""
    set_worker(version=version())


def set_worker(**values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Worker).values(**values))


def troubles() -> list[tuple]:
    return [(f.area, f.level) for f in doctor.run_checks() if f.level in ("warn", "bad")]


def told(area: str) -> str:
    return " ".join(f"{f.text} {f.cure}" for f in doctor.run_checks() if f.area == area)


def test_healthy_installation_passes_every_check(worker):
    found = doctor.run_checks()
    assert troubles() == [] and doctor.is_healthy(found)
    assert list(dict.fromkeys(f.area for f in found)) == AREAS
    assert doctor.report(found)["status"] in ("ok", "note")


def test_every_finding_has_a_remedy(worker, site):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    set_worker(stopped_at=clock.now())
    for finding in doctor.run_checks():
        assert finding.level in ("ok", "note") or finding.cure, finding


def test_world_readable_folder_is_named_with_the_command(app, worker):
    folder = app.config["SETTINGS"].data_dir
    folder.chmod(0o755)
    assert troubles() == [("data", "warn")] and f"chmod go-rwx {folder}" in told("data")


def test_missing_folder_is_named(app, worker):
    app.config["SETTINGS"].uploads.rmdir()
    assert ("data", "bad") in troubles() and str(app.config["SETTINGS"].uploads) in told("data")


@pytest.mark.parametrize(("free", "level"), [(3 * 2**30, None), (2**30, "warn"), (2**20, "bad")])
def test_low_disk_space_is_a_warning_or_an_error(worker, monkeypatch, free, level):
    monkeypatch.setattr(
        environment.shutil, "disk_usage", lambda path: type("Usage", (), {"free": free})
    )
    assert troubles() == ([("disk", level)] if level else [])


def test_tables_of_another_version_are_named_with_a_remedy(worker, monkeypatch):
    with write_transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert troubles() == [("tables", "bad")] and "Update IGNY8 here" in told("tables")
    monkeypatch.setattr(schema, "_revisions", lambda folder: ("99999", "9999"))
    assert "igny8 db upgrade" in told("tables")


def test_unreachable_database_is_reported_once(tmp_path):
    app = create_app(settings_in(tmp_path, "postgresql://nobody@127.0.0.1:1/none"))
    with app.app_context():
        assert troubles() == [("database", "bad")]
        assert "DATABASE_URL" in told("database")


@on_sqlite
def test_damaged_database_is_reported(app, worker, file):
    with write_transaction() as tx:
        tx.execute(
            insert(CircuitBreaker),
            [
                {"key": f"{n:064}", "label": "x" * 150, "errors": 0, "open_count": 0}
                for n in range(400)
            ],
        )
    with write_transaction() as tx:
        page = tx.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_provider_gate_1'"
        ).scalar_one()
        tx.exec_driver_sql("SELECT 1")
    environment.db.engine.dispose()
    with open(file, "r+b") as raw:
        raw.seek((page - 1) * 4096 + 8)
        raw.write(b"\x00" * 64)
    assert ("database", "bad") in troubles() and "igny8 restore FILE" in told("database")


def test_unreachable_queue_is_named_and_not_fatal(app, worker):
    def fail():
        raise OSError("refused")

    app.extensions["igny8.huey"].pending_count = fail
    assert troubles() == [("queue", "warn")] and "HUEY_URL" in told("queue")


def test_missing_worker_is_an_error_only_with_a_waiting_run(worker, site):
    set_worker(stopped_at=clock.now())
    assert troubles() == [] and "igny8 worker" in told("workers")
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    assert troubles() == [("runs", "bad")] and "no worker is running" in told("runs")


def test_lost_and_outdated_workers_are_named(worker, inline_worker):
    now = clock.now()
    with write_transaction() as tx:
        for pid, values in (
            (7, {"version": "0.0.9"}),
            (8, {"version": version(), "last_seen": now - timedelta(60)}),
        ):
            tx.execute(
                insert(Worker),
                {
                    "host": "other/x/y",
                    "pid": pid,
                    "process_started_at": 1.0,
                    "slots": 2,
                    "last_seen": now,
                    **values,
                },
            )
        tx.execute(
            update(Worker).where(Worker.pid == 8).values(last_seen=now - timedelta(minutes=2))
        )
    assert troubles() == [("workers", "warn")] * 2
    assert "runs version 0.0.9" in told("workers") and "did not sign off" in told("workers")


def test_wrong_clock_is_named(worker):
    set_worker(skew=-95.0)
    assert troubles() == [("clocks", "warn")] and "-95 s" in told("clocks")


def test_blocked_run_is_explained(worker, site):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    with write_transaction() as tx:
        tx.execute(update(Run).values(state="blocked", status_reason="The key was refused."))
    assert troubles() == [
        ("runs", "bad")
    ] and "Run #1 of Green is blocked: The key was refused." in told("runs")


def test_open_breaker_and_locked_key_are_named(app, worker, site):
    now = clock.now().timestamp()
    with write_transaction() as tx:
        ProviderEndpoint.create(
            tx, site.id, "Server", "https://models.example/v1", "sk-0123456789abcdef"
        )
        tx.execute(update(ProviderEndpoint).values(encrypted_key="something else"))
        tx.execute(
            insert(CircuitBreaker),
            {
                "key": "k",
                "label": "Server",
                "errors": 5,
                "open_count": 1,
                "kind": "timeout",
                "reason": "it did not answer",
                "open_since": now,
                "open_until": now + 60,
            },
        )
    assert troubles() == [("providers", "warn"), ("providers", "bad")]
    assert "it did not answer" in told("providers") and "encryption.key" in told("providers")


def test_missing_images_are_named(app, worker, site, inline_worker):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    path = next(app.config["SETTINGS"].images.rglob("*.webp"))
    path.unlink()
    assert ("images", "bad") in troubles() and "share one data folder" in told("images")


def test_pillow_without_webp_is_reported(worker, monkeypatch):
    monkeypatch.setattr(drawing.features, "check", lambda name: name != "webp")
    assert troubles() == [("drawing", "bad")] and "WebP" in told("drawing")


def test_missing_optional_parts_are_a_note(worker, monkeypatch):
    monkeypatch.setattr(environment.language_packages, "is_installed", lambda name: False)
    assert troubles() == []
    assert "igny8[team]" in told("parts") and "igny8[languages]" in told("parts")


def test_proxy_of_the_environment_is_named_with_the_reason(app, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert "HTTPS_PROXY is set, but IGNY8 asks model servers directly" in told("outbound")


def test_unknown_time_zone_is_named(app, site):
    change_settings(site.id, time_zone="Mars/Olympus")
    assert "does not know the time zone Mars/Olympus" in told("schedules")


@pytest.mark.parametrize(
    ("hops", "level", "words"),
    [(0, "warn", "Set IGNY8_PROXY_HOPS"), (1, "ok", "at https://tools.example.org/igny8")],
)
def test_public_address_without_a_declared_proxy_is_a_warning(app, worker, hops, level, words):
    public = public_url.parse("https://tools.example.org/igny8")
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_url=public, proxy_hops=hops)
    [finding] = doctor.run_checks(("address",))
    assert finding.level == level and words in f"{finding.text} {finding.cure}"
