"""What runs cost that wait for people: the processor time of an idle worker beside 200 of them and none.

Each run waits at a gate after stage 2. The worker is the real one: heartbeat, sweep, timers.
"""

import sys
import time

from sqlalchemy import func, inspect, select, table

from bench.fixture import installation, print_result, run_in_subprocess, site_with_keywords
from bench.idle_provider import IdleProvider
from bench.table import Row, at_most
from igny8 import jobs
from igny8.app import create_app
from igny8.engine.billing.providers import Providers
from igny8.engine.runs import start_run
from igny8.engine.work import recovery, tools, worker_loop
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Gate, Gates, Run, SiteSettings
from igny8.models.gate import EVERY

RUNS = 200
SETTLING_S = 5.0


def rows(quick: bool) -> list[Row]:
    """Return the rows of waiting runs."""
    seconds = 10 if quick else 60
    none = run_in_subprocess("bench.waiting_runs", 0, seconds)
    many = run_in_subprocess("bench.waiting_runs", RUNS, seconds)
    more = max(0.0, many["share"] - none["share"])
    return [
        Row("waiting", f"idle worker with {RUNS} waiting runs", many["share"], none["share"], "%"),
        at_most("waiting", f"{RUNS} waiting runs, of one core", more, 1.0, "%"),
        at_most("waiting", f"{RUNS} waiting runs, rows added meanwhile", many["added"], 0),
    ]


def measure(runs: int, seconds: float) -> None:
    """Let a worker idle beside that many waiting runs; print its share of a core in percent."""
    with installation(create_app) as app:
        tools.load_builtin_provider = IdleProvider
        for number in range(runs):
            site_id = site_with_keywords(4, f"green-{number}")
            with write_transaction() as tx:
                SiteSettings.change(tx, site_id, gates=Gates({2: Gate(EVERY)}).to_json())
            start_run.start_run(site_id)
        _work_until_all_wait(runs)
        process = jobs.WorkerProcess(app, 2)
        process.start()
        time.sleep(SETTLING_S)
        before, cpu, began = _row_count(), time.process_time(), time.perf_counter()
        time.sleep(seconds)
        share = 100 * (time.process_time() - cpu) / (time.perf_counter() - began)
        print_result(share=share, added=_row_count() - before)
        process.stop()


def _work_until_all_wait(runs: int) -> None:
    heartbeat = recovery.Heartbeat(1, "bench")

    def tools_for(batch) -> tools.Tools:
        return tools.Tools(batch, db.engine.url.database, Providers(IdleProvider()))

    while worker_loop.run_worker(heartbeat, tools_for, on_claim=heartbeat.send):
        heartbeat.send()
    heartbeat.stop()
    with read_transaction() as tx:
        states = tx.execute(select(Run.state)).scalars().all()
    if states != ["blocked"] * runs:
        raise RuntimeError("not all runs wait")


def _row_count() -> int:
    """Return the number of rows of all tables."""
    with read_transaction() as tx:
        return sum(
            tx.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(db.engine).get_table_names()
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]), float(sys.argv[2]))
