"""The progress bar moves with the one computation that groups all keywords."""

import pytest

from igny8 import progress
from igny8.engine.runs import controls, start_run
from igny8.engine.work import recovery, stage_progress
from igny8.engine.work.stage_progress import StageProgressReporter
from igny8.models import RunSettings
from igny8.stages.learned_rates import run_rates
from tests.chaos.checker import Watcher, check_snapshot, take
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch):
    monkeypatch.setattr(stage_progress, "MIN_INTERVAL_S", 0.0)


def test_bar_moves_during_clustering(site, inline_worker, run_of, file):
    change_settings(site.id, batches={"cluster": 10})
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    batch, watcher, rest, shown = inline_worker.claim(), Watcher(), [1.0], []
    tell = StageProgressReporter(batch)
    for share in (0.1, 0.4, 0.2, 0.8, 1.0):
        tell(share)
        snapshot = progress.snapshot(site)
        rest.append(run_of().bar_remaining)
        shown.append(snapshot["stages"][0]["whole"]["percent"])
        assert watcher.see(take(file)) == [] and check_snapshot(snapshot) == []
    assert rest == sorted(rest, reverse=True) and len(set(rest)) == 5
    controls.cancel(site.id)
    snapshot = progress.snapshot(site)
    assert snapshot["notice"]["text"].endswith(
        "grouping of 40 keywords, then sorting in the first 10."
    )
    assert snapshot["global_progress"]["estimated_remaining_time"] is None
    assert shown == [10, 40, 40, 80, 100]
    inline_worker.process(batch)
    assert run_of().bar_remaining < rest[-1]
    assert watcher.see(take(file)) == []
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    assert run_of().state == "cancelled"
    assert watcher.see(take(file)) == []


def test_reported_progress_moves_the_bar(site, inline_worker, run_of):
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    inline_worker.provider = FakeProvider()
    inline_worker.provider.tells = (0.5,)
    asked = inline_worker.provider._call
    seen = []
    inline_worker.provider._call = lambda name, what: (
        seen.append(run_of().bar_remaining),
        asked(name, what),
    )
    inline_worker.drain()
    names = [name for name, _ in inline_worker.provider.asked]
    assert names[0] == "cluster" and seen[0] == 1.0
    assert seen[1] < 1.0


def test_lost_claim_changes_nothing(site, inline_worker, run_of):
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    recovery.requeue(batch.token, 0, "its worker was killed")
    StageProgressReporter(batch)(0.5)
    assert run_of().bar_remaining == 1.0


def test_clustering_startup_matters_for_small_lists_only():
    settings = RunSettings()
    assert (
        run_rates(settings, {}, [], [20])[0].seconds
        > 4 * run_rates(settings, {}, [], [20_000])[0].seconds
    )
    small = {"1": [20, 5, 2.0, 0, 1]}  # a list of 20 keywords took 2 s
    assert run_rates(settings, small, [], [20])[0].seconds == pytest.approx(0.08, rel=0.3)
    assert run_rates(settings, small, [], [20_000])[0].seconds < 0.02
