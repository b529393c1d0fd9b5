"""The figures for Prometheus: right, bounded in labels and in work, and for those alone who may read them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from igny8 import clock
from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance
from igny8.engine.work.recovery import requeue
from igny8.extensions import read_transaction, write_transaction
from igny8.models import CircuitBreaker, ProviderRequest, Run, RunItem, Worker
from igny8.models.run import STATES
from tests.conftest import on_sqlite
from tests.factories import make_keywords, make_user, sign_in

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a-token-of-the-tests-0123"


def read(client, **options) -> dict:
    """Return {(name, label values): value} of all samples."""
    answer = client.get("/metrics", **options)
    assert answer.status_code == 200
    return {
        (sample.name, *(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def working(site, inline_worker):
    """A run of 8 keywords whose clusters are made, with a claim of the second stage in work; return it."""
    make_keywords(site, 8)
    start_run.start_run(site)
    batch = inline_worker.claim()
    inline_worker.process(batch)
    advance(batch.run_id)
    inline_worker.heartbeat.send()
    return inline_worker.claim()


def test_runs_items_stages_and_workers_are_counted(client, working):
    found = read(client)
    assert {state: found["igny8_runs", state] for state in STATES} == dict.fromkeys(STATES, 0) | {
        "running": 1
    }
    assert (found["igny8_items", "1", "done"], found["igny8_items", "2", "active"]) == (
        8,
        len(working.items),
    )
    assert (
        found["igny8_stage_worked_items", "1"] == 8 and found["igny8_stage_work_seconds", "1"] > 0
    )
    assert (found["igny8_workers_online",], found["igny8_worker_slots",]) == (1, 1)
    assert found["igny8_workers_other_version",] == 1
    assert found["igny8_data_free_bytes",] > 0


def test_queue_age_counts_claimable_items_only(client, site, inline_worker, working, hours_later):
    requeue(working.token, 0, "it was killed")
    hours_later(100)
    assert read(client)["igny8_queue_age_seconds",] == pytest.approx(100, abs=30)
    with write_transaction() as tx:
        tx.execute(
            update(RunItem)
            .where(RunItem.state == "queued")
            .values(not_before=clock.now().timestamp() + 60)
        )
    assert read(client)["igny8_queue_age_seconds",] == 0
    with write_transaction() as tx:
        tx.execute(update(Run).values(desired_state="pause"))
    assert read(client)["igny8_queue_age_seconds",] == 0


def test_stall_is_detected(client, working):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(stopped_at=clock.now()))
        tx.execute(update(Run).values(stalled_at=clock.now()))
    found = read(client)
    assert (found["igny8_workers_online",], found["igny8_runs_stalled",]) == (0, 1)


def test_crashes_are_counted(client, working):
    requeue(working.token, 0, "it was killed")
    assert read(client)["igny8_item_crashes",] == len(working.items)


def test_provider_is_shown_with_errors_and_circuit_breaker(client, site, working):
    now = clock.now().timestamp()
    with write_transaction() as tx:
        tx.execute(
            insert(CircuitBreaker),
            {
                "key": "abcdef0123",
                "label": "My server",
                "errors": 6,
                "open_count": 1,
                "kind": "timeout",
                "open_since": now,
                "open_until": now + 60,
            },
        )
        for turn, state in enumerate(("failed", "failed", "answered"), 1):
            tx.execute(
                insert(ProviderRequest),
                {
                    "site_id": site,
                    "run_id": working.run_id,
                    "stage": 2,
                    "subject_id": 1,
                    "name": "ideas",
                    "sequence": turn,
                    "state": state,
                    "token": "t",
                    "breaker_key": "abcdef0123",
                    "model": "m",
                    "day": "2026-01-01",
                    "asked_at": now - 10,
                },
            )
    found = read(client)
    name = "My server abcdef"
    assert found["igny8_provider_requests", name, "failed"] == 2
    assert (found["igny8_provider_errors_in_a_row", name], found["igny8_provider_shut", name]) == (
        6,
        1,
    )


def test_polls_are_measured(client, site):
    before = read(client).get(("igny8_poll_seconds_count", "automation"), 0)
    client.get("/sites/green-garden/automation/live")
    client.get("/sites/green-garden/runs")
    assert read(client)["igny8_poll_seconds_count", "automation"] == before + 1


def test_scrape_costs_a_constant_number_of_statements(client, site, inline_worker, statements):
    def cost() -> int:
        with statements() as seen:
            read(client)
        assert all(statement.lstrip().upper().startswith("SELECT") for statement in seen)
        return len(seen)

    few = cost()
    make_keywords(site, 400)
    start_run.start_run(site)
    inline_worker.claim()
    assert cost() == few


def test_metric_labels_are_bounded(client, site, inline_worker):
    with write_transaction() as tx:
        tx.execute(
            insert(CircuitBreaker),
            [
                {"key": f"k{n:05}", "label": f"Server {n}", "errors": 0, "open_count": 0}
                for n in range(100)
            ],
        )
    assert len({key[1] for key in read(client) if key[0] == "igny8_provider_shut"}) == 20


@pytest.mark.parametrize("name", ["docs/deploy/alerts.yml", "docs/operations.md"])
def test_documented_metrics_exist(client, working, name):
    with write_transaction() as tx:
        tx.execute(
            insert(CircuitBreaker), {"key": "k", "label": "Server", "errors": 0, "open_count": 0}
        )
    client.get("/sites/green-garden/automation/live")
    found = {key[0] for key in read(client)}
    written = set(re.findall(r"\bigny8_\w+", (ROOT / name).read_text())) - {"igny8_poll_seconds"}
    written -= {
        name for name in written if name.endswith("_timestamp_seconds")
    }  # once there is one
    assert len(written) > 8 and written <= found


@on_sqlite
def test_counting_runs_uses_an_index_only(app, site):
    with read_transaction() as tx:
        plan = tx.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT state, count(*) FROM automation_run GROUP BY state"
        ).all()
    assert "COVERING INDEX ix_automation_run_working" in str(plan)


@pytest.mark.parametrize(
    "options",
    [
        {"environ_base": {"REMOTE_ADDR": "192.168.1.20"}},
        {"headers": {"X-Forwarded-For": "192.168.1.20"}},
        {"headers": {"Host": "192.168.1.2:8008"}},
    ],
)
def test_metrics_without_a_token_are_local_only(stranger, site, options):
    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", **options).status_code == 403


@pytest.mark.parametrize("token", ["", TOKEN])
def test_localhost_is_not_trusted_behind_a_proxy(app, stranger, token):
    assert stranger.get("/metrics").status_code == 200
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_token=token, proxy_hops=1)
    assert stranger.get("/metrics").status_code == 403
    given = stranger.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert given.status_code == (200 if token else 403)


def test_only_signed_in_administrators_read_metrics_remotely(app, client):
    away = {"environ_base": {"REMOTE_ADDR": "192.168.1.20"}}
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_token=TOKEN, proxy_hops=1)
    assert client.get("/metrics", **away).status_code == 200
    member = sign_in(app.test_client(), make_user("member"))
    assert member.get("/metrics", **away).status_code == 403


def test_metrics_token_is_required_if_set(app, stranger, site):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_token=TOKEN)
    assert stranger.get("/metrics").status_code == 403
    assert stranger.get("/metrics", headers={"Authorization": "Bearer wrong-ü"}).status_code == 403
    away = {
        "environ_base": {"REMOTE_ADDR": "192.168.1.20"},
        "headers": {"Authorization": f"Bearer {TOKEN}"},
    }
    assert ("igny8_queue_age_seconds",) in read(stranger, **away)
