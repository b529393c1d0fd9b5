"""Parallel workers, clicks and deletions break no invariant, on either database."""

import contextlib
import threading

from sqlalchemy import select

from igny8.engine.runs import controls, start_run
from igny8.engine.work import recovery, worker_loop
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ENDED, Keyword, Run
from tests.chaos.checker import Watcher, take
from tests.conftest import InlineWorker
from tests.factories import make_keywords, make_site
from tests.waiting import until

WORKERS = 4


def test_parallel_workers_clicks_and_deletions_are_safe(app, file):
    sites = [
        make_site(
            f"site-{n}",
            parallelism=3,
            images_per_article=1,
            batches=dict.fromkeys(("cluster", "ideate", "plan", "write", "describe", "draw"), 2),
        )
        for n in range(2)
    ]
    for site_id in sites:
        make_keywords(site_id, 30)
        start_run.start_run(site_id)
    over, troubles = threading.Event(), []

    def together(call):
        def repeat():
            with app.app_context():
                while not over.is_set():
                    try:
                        with contextlib.suppress(ActionRefused):
                            call()
                    except Exception as error:
                        troubles.append(error)
                        return
                    over.wait(0.005)

        thread = threading.Thread(target=repeat)
        thread.start()
        return thread

    inline_worker = InlineWorker(app)
    clicks = iter(range(10**9))

    def click():
        n = next(clicks)
        if n < 30:
            (controls.pause if n % 2 else controls.resume)(sites[n // 2 % 2])

    def tidy():
        n = next(clicks)
        if n < 60:
            with write_transaction() as tx:
                Keyword.remove(
                    tx,
                    sites[n % 2],
                    tx.execute(select(Keyword.id).where(Keyword.site_id == sites[n % 2]).limit(1))
                    .scalars()
                    .all(),
                )

    threads = [
        together(lambda: worker_loop.run_worker(inline_worker.heartbeat, inline_worker.tools_for))
        for _ in range(WORKERS)
    ]
    threads += [
        together(click),
        together(tidy),
        together(inline_worker.heartbeat.send),
        together(recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep),
    ]
    watcher, found = Watcher(), []

    def ended():
        found.extend(watcher.see(take(file)))
        for site_id in sites:
            with read_transaction() as tx:
                row = Run.find(tx, site_id)
            if row.desired_state == "pause" and next(clicks) > 60:
                controls.resume(site_id)
        with read_transaction() as tx:
            return all(Run.find(tx, site_id).state in ENDED for site_id in sites) or troubles

    try:
        until(ended, 120, "the end of both runs")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert troubles == [] and found == []
    with read_transaction() as tx:
        assert {Run.find(tx, s).state for s in sites} == {"completed"}
