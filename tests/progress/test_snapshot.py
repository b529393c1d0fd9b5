"""The one snapshot of a run: its shape, its sums, its price, and its tag."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from igny8 import progress
from igny8.engine.runs import controls, start_run
from igny8.engine.runs.transitions import advance
from igny8.engine.work import recovery
from igny8.extensions import db, write_transaction
from igny8.models import ENDED, Content, Run
from igny8.providers.base import Answer
from tests.chaos.checker import check_snapshot
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider, permanent

SCHEMA = {
    "run": {
        "run_id",
        "site_id",
        "status",
        "status_reason",
        "current_stage",
        "trigger",
        "started_by",
        "started_at",
        "finished_at",
    },
    "global_progress": {
        "total_items",
        "known_items",
        "expected_items",
        "completed_items",
        "failed_items",
        "percentage",
        "estimated_remaining_time",
        "eta_seconds",
        "longer_than_usual",
    },
    "metrics": {
        "credits_used",
        "credits_cap",
        "money",
        "spending",
        "predicted_credits",
        "requests",
        "repeats",
        "tokens",
        "duration_seconds",
        "errors",
    },
    "workers": {"online", "last_seen_seconds"},
}
STAGE = {
    "number",
    "key",
    "name",
    "status",
    "input_count",
    "expected_count",
    "processed_count",
    "failed_count",
    "skipped_count",
    "remaining_count",
    "output_count",
    "output_unit",
    "progress_percentage",
    "credits_used",
    "duration_seconds",
    "result",
    "bar",
    "currently_processing",
    "up_next",
    "engine",
    "money",
    "requests",
    "repeats",
    "tokens",
}
STATUSES = {
    "pending",
    "ready",
    "active",
    "completed",
    "skipped",
    "paused",
    "blocked",
    "cancelled",
    "empty",
}


@pytest.fixture
def statements(app):
    """Return the list of all SQL statements from now on."""
    seen = []

    def note(connection, cursor, statement, *rest):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def moments(site, inline_worker):
    """Return a function that yields the snapshot after every step of a whole run."""

    def play(keywords=30):
        change_settings(site.id, batches={"cluster": 9, "ideate": 4, "write": 7})
        make_keywords(site.id, keywords)
        yield progress.snapshot(site)
        start_run.start_run(site.id)
        while True:
            snapshot = progress.snapshot(site)
            yield snapshot
            if not snapshot["run"]["open"]:
                return
            batch = inline_worker.claim()
            yield progress.snapshot(site)
            inline_worker.process(batch)
            yield progress.snapshot(site)
            recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()

    return play


def test_snapshot_has_its_documented_shape(moments):
    for snapshot in moments(8):
        for part, names in SCHEMA.items():
            assert snapshot[part] is None or names <= set(snapshot[part]), part
        assert all(set(stage) >= STAGE for stage in snapshot["stages"])
        assert {stage["status"] for stage in snapshot["stages"]} <= STATUSES
        assert json.loads(json.dumps(snapshot)) == snapshot


def test_sums_agree_in_every_snapshot(moments):
    assert [line for snapshot in moments() for line in check_snapshot(snapshot)] == []


def test_percentage_rises_and_reaches_100_only_at_the_end(moments):
    shown = [(p["global_progress"]["percentage"], p["run"]["open"]) for p in moments() if p["run"]]
    assert [percent for percent, _ in shown] == sorted(percent for percent, _ in shown)
    assert all((percent == 100) != is_open for percent, is_open in shown)


def test_filled_part_of_the_bar_never_shrinks(moments):
    before = [0.0] * 7
    for snapshot in moments():
        now = [stage["bar"]["filled"] for stage in snapshot["stages"]]
        assert all(new >= old - 1e-9 for new, old in zip(now, before, strict=True))
        before = now


def test_tag_changes_exactly_with_the_version(site, inline_worker):
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    seen = {}
    while (snapshot := progress.snapshot(site))["run"]["open"]:
        assert seen.setdefault(snapshot["version"], snapshot["tag"]) == snapshot["tag"]
        again = progress.snapshot(site)
        assert (again["version"], again["tag"]) == (snapshot["version"], snapshot["tag"])
        inline_worker.process(inline_worker.claim())
        recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    assert len(set(seen.values())) == len(seen)


def test_idle_tag_changes_with_waiting_items(site):
    empty = progress.snapshot(site)["tag"]
    assert progress.snapshot(site)["tag"] == empty
    make_keywords(site.id, 4)
    assert progress.snapshot(site)["tag"] != empty


def statements_for(site, statements) -> int:
    statements.clear()
    progress.snapshot(site)
    return len(statements)


def test_snapshot_costs_at_most_four_statements(site, inline_worker, statements):
    make_keywords(site.id, 1000)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    few = statements_for(site, statements)
    controls.cancel(site.id)
    make_keywords(site.id, 19_000, start=1000)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    assert progress.snapshot(site)["global_progress"]["known_items"] > 19_000
    assert statements_for(site, statements) == few <= 4


def test_snapshot_size_does_not_grow_with_items(site, inline_worker):
    make_keywords(site.id, 1000)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    few = len(json.dumps(progress.snapshot(site)))
    controls.cancel(site.id)
    make_keywords(site.id, 9000, start=1000)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    many = progress.snapshot(site) | {"past_runs": []}
    assert len(json.dumps(many)) == pytest.approx(few, rel=0.1)


def test_reading_changes_nothing(site, inline_worker, file):
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.claim()
    before = progress.snapshot(site)["version"]
    progress.run_detail(site, progress.snapshot(site)["run"]["run_id"])
    progress.estimate(site)
    progress.sites_overview()
    assert progress.snapshot(site)["version"] == before


def test_idle_site_shows_the_forecast_of_a_run(site):
    make_keywords(site.id, 12)
    snapshot = progress.snapshot(site)
    assert (snapshot["run"], snapshot["poll_seconds"], snapshot["idle"]["waiting_items"]) == (
        None,
        30,
        12,
    )
    assert [s["status"] for s in snapshot["stages"]] == ["ready"] + ["empty"] * 6
    assert snapshot["stages"][0]["waiting"] == 12
    assert snapshot["global_progress"]["percentage"] == 0


def test_ended_run_is_shown_until_dismissed(site, drain):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    snapshot = progress.snapshot(site, page=True)
    assert (snapshot["run"]["status"], snapshot["poll_seconds"]) == ("completed", 30)
    assert snapshot["global_progress"]["percentage"] == 100
    assert all(
        s["status"] == "completed" and s["progress_percentage"] == 100 for s in snapshot["stages"]
    )
    controls.dismiss(site.id, snapshot["run"]["run_id"])
    assert progress.snapshot(site, page=True)["run"] is None
    assert progress.snapshot(site)["run"]["run_id"] == snapshot["run"]["run_id"]


def test_cancelled_run_shows_where_it_stopped(site, inline_worker):
    make_keywords(site.id, 60)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    controls.cancel(site.id)
    snapshot = progress.snapshot(site)
    assert snapshot["run"]["label"] == f"Stopped at {snapshot['global_progress']['percentage']} %"
    assert check_snapshot(snapshot) == []


def test_pausing_cancelling_and_stalled_are_distinguished(site, inline_worker, hours_later):
    make_keywords(site.id, 60)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    told = []
    for click in (controls.pause, controls.resume, controls.cancel):
        click(site.id)
        told.append(progress.snapshot(site)["run"]["status"])
    assert told == ["pausing", "running", "cancelling"]
    inline_worker.process(batch)
    start_run.advance(batch.run_id)
    assert progress.snapshot(site)["run"]["state"] in ENDED


def test_run_without_a_worker_is_stalled_with_a_remedy(site, inline_worker, hours_later):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    assert progress.snapshot(site)["run"]["status"] == "running"
    hours_later(60)
    snapshot = progress.snapshot(site)
    assert (snapshot["run"]["status"], snapshot["notice"]["kind"]) == ("stalled", "no_worker")
    assert "igny8 worker" in snapshot["notice"]["cure"]


def test_active_and_next_items_are_shown(site, inline_worker):
    change_settings(site.id, batches={"cluster": 1})
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    inline_worker.claim()
    stage = progress.snapshot(site)["stages"][0]
    assert [x["title"] for x in stage["currently_processing"]] == ["topic2 word11"]
    assert [x["title"] for x in stage["up_next"]] == [
        f"topic{n // 4} word{n}" for n in (10, 9, 8, 7, 6)
    ]
    assert stage["more_queued"] == 6


def test_forecast_uses_earlier_runs(site, drain):
    make_keywords(site.id, 60)
    start_run.start_run(site.id)
    drain()
    make_keywords(site.id, 60, start=60)
    start_run.start_run(site.id)
    expected = progress.snapshot(site)["global_progress"]["total_items"]
    drain()
    assert progress.snapshot(site)["global_progress"]["total_items"] == pytest.approx(
        expected, rel=0.25
    )


def test_snapshot_reports_clustering_in_progress(site, inline_worker):
    make_keywords(site.id, 30)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    snapshot = progress.snapshot(site)
    assert snapshot["stages"][0]["whole"] == {
        "title": "Grouping all 30 keywords",
        "percent": 0,
        "since_seconds": 0,
    }
    controls.pause(site.id)
    assert (
        progress.snapshot(site)["notice"]["text"]
        == "Pausing: finishing the grouping of 30 keywords."
    )
    controls.resume(site.id)
    inline_worker.process(batch)
    assert all(stage["whole"] is None for stage in progress.snapshot(site)["stages"])


def test_cancelled_work_keeps_its_part_of_the_bar(site, inline_worker):
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 30)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    before = [stage["bar"] for stage in progress.snapshot(site)["stages"]]
    controls.cancel(site.id)
    after = [stage["bar"] for stage in progress.snapshot(site)["stages"]]
    assert progress.snapshot(site)["run"]["status"] == "cancelled"
    assert all(
        a[part] == pytest.approx(b[part])
        for a, b in zip(after, before, strict=True)
        for part in ("filled", "open")
    )


def test_stage_without_success_has_no_tick(site, inline_worker):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"propose": lambda _: permanent()}))
    assert progress.snapshot(site)["stages"][1]["badge"] == {
        "text": "Completed, 1 failed",
        "kind": "bad",
        "icon": "!",
    }


def test_certain_stage_labels_do_not_flicker(site, inline_worker):
    change_settings(site.id, images_per_article=3, batches={"draw": 1})
    make_keywords(site.id, 20)
    start_run.start_run(site.id)
    totals = set()
    while (batch := inline_worker.claim()) is not None:
        if batch.stage == 6:
            totals.add(progress.snapshot(site)["global_progress"]["total_items"])
        if inline_worker.process(batch):
            advance(batch.run_id)
    assert len(totals) == 1
    assert totals == {progress.snapshot(site)["global_progress"]["total_items"]}


def test_image_is_named_by_heading_and_article(site, inline_worker):
    provider = FakeProvider()
    described = provider.describe
    provider.describe = lambda page, count, calls: Answer(
        tuple(
            replace(p, heading="Before you start") if p.position else p
            for p in described(page, count).value
        )
    )
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(provider)
    titles = [i["title"] for i in progress.items(Run.find(db.session, site.id).id, stage=6)]
    article = titles[0]
    assert titles[1] == f"Before you start · {article}"


def test_sent_back_articles_are_counted(site, drain):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    assert progress.snapshot(site)["sent_back"] == 0
    with write_transaction() as tx:
        Content.decide(
            tx,
            site.id,
            tx.execute(select(Content.id).limit(1)).scalar_one(),
            "sent_back",
            "too short",
        )
    assert progress.snapshot(site)["sent_back"] == 1
