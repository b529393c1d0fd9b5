"""The time left: it follows a machine that became slow, says so, and its log stays short."""

import itertools

import pytest
from sqlalchemy import select

from igny8 import progress
from igny8.engine.runs import start_run
from igny8.engine.work import recovery
from igny8.engine.work.settle import settle_claim
from igny8.extensions import read_transaction
from igny8.models import RunEvent
from tests.factories import change_settings, make_keywords


@pytest.fixture
def go_slowly(site, inline_worker, drain, hours_later):
    """Return a function that works off claims of a run, each of which takes so many seconds of the clock."""
    change_settings(
        site.id, batches={"ideate": 1, "plan": 1, "write": 1, "describe": 1, "draw": 1, "review": 1}
    )
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    drain()
    make_keywords(site.id, 80, start=100)
    start_run.start_run(site.id)

    def work(count: int, seconds: float) -> None:
        for _ in range(count):
            batch = inline_worker.claim()
            if batch is None:
                recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
                batch = inline_worker.claim()
            hours_later(seconds)
            settle_claim(batch, inline_worker.answers(batch), 0.01)
            inline_worker.heartbeat.send()

    return work


def logged(kind: str) -> list:
    with read_transaction() as tx:
        return (
            tx.execute(select(RunEvent.message).where(RunEvent.kind == kind).order_by(RunEvent.id))
            .scalars()
            .all()
        )


def test_slow_run_says_longer_than_usual(site, go_slowly):
    go_slowly(40, 5.0)
    shown = progress.snapshot(site)["global_progress"]
    assert shown["longer_than_usual"]
    assert shown["eta_seconds"]["high"] > 60


def test_changed_time_left_is_logged_at_most_every_30_seconds(site, go_slowly):
    before = len(logged("forecast"))
    go_slowly(60, 2.0)
    lines = logged("forecast")[before:]
    assert 1 <= len(lines) <= 5
    words = [line.split(",")[0] for line in lines]
    assert all(a != b for a, b in itertools.pairwise(words))
