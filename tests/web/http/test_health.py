"""Alive and ready are two questions: a process that cannot serve now need not be started anew."""

import pytest
from sqlalchemy.exc import OperationalError

from igny8.extensions import write_transaction
from igny8.upkeep import schema


def set_tables(revision: str) -> None:
    with write_transaction() as tx:
        tx.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


@pytest.fixture
def no_database(monkeypatch):
    def fail():
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(schema, "current_revision", fail)


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_readiness_needs_the_database_and_its_tables(client, site, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ok", "database": "ready", "tables": "same"},
    )


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_missing_database_is_alive_but_not_ready(client, no_database, path):
    assert client.get(path).status_code == 503
    assert client.get("/health/live").json == {"status": "ok"}


def test_newer_tables_do_not_stop_running_processes(client, site):
    set_tables("9999")
    assert (
        client.get("/health/ready").status_code,
        client.get("/health/ready").json["tables"],
    ) == (200, "newer")


def test_older_tables_are_not_ready(client, site, monkeypatch):
    monkeypatch.setattr(schema, "_revisions", lambda folder: ("9999", schema.current_revision()))
    assert (client.get("/health").status_code, client.get("/health").json["tables"]) == (
        503,
        "older",
    )


def test_liveness_needs_no_database(client, site, statements):
    with statements() as seen:
        assert client.get("/health/live").status_code == 200
    assert seen == []
