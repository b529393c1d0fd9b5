"""A cap holds for eight parallel workers: never more than the cap is spent or reserved."""

import threading

from sqlalchemy import select

from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work import worker_loop
from igny8.extensions import read_transaction
from igny8.models import CreditAccount, Run
from tests.chaos.checker import check
from tests.conftest import InlineWorker
from tests.factories import make_keywords, make_site
from tests.waiting import until

WORKERS, CAP = 8, 1_000


def test_eight_workers_stop_exactly_at_the_cap(app, file):
    site_id = make_site(
        "green",
        parallelism=WORKERS,
        images_per_article=2,
        cap_run=CAP,
        providers={"draw": {"provider": "demonstration"}},
    )
    make_keywords(site_id, 40)
    start_run.start_run(site_id)
    inline_worker, over, troubles, highest = InlineWorker(app), threading.Event(), [], []

    def work():
        with app.app_context():
            while not over.is_set():
                try:
                    worker_loop.run_worker(inline_worker.heartbeat, inline_worker.tools_for)
                    for run_id in advanceable_runs():
                        advance(run_id)
                except Exception as error:
                    troubles.append(error)
                    return
                over.wait(0.005)

    def blocked():
        with read_transaction() as tx:
            highest.extend(
                row.spent + row.reserved for row in tx.execute(select(CreditAccount.__table__))
            )
            return Run.find(tx, site_id).state == "blocked" or troubles

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    try:
        until(blocked, 60, "the block")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert troubles == [] and max(highest) <= CAP
    with read_transaction() as tx:
        [of_run] = tx.execute(
            select(CreditAccount.__table__).where(CreditAccount.scope == "run")
        ).all()
        assert Run.find(tx, site_id).block_kind == "budget"
    assert (of_run.spent, of_run.reserved, of_run.overdrawn) == (CAP, 0, 0)
    assert check(file, deletions=False) == []
