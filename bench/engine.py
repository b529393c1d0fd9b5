"""The engine's own cost an item: whole runs with a provider that does nothing, beside two floors.

N keywords → N/4 clusters → 3 ideas each → tasks → content → 2 images each → review, with the
batches that a new site has. Where items prove quick, as they do here, a claim grows to 50 of them;
what they cost when it does not (real images take 60 ms each) is measured in a run in which no claim
may grow. Each floor moves as many items through as many steps by SQLAlchemy Core on SQLite in WAL
mode, each step durable and visible before the next: one commit an item, and one commit for 50.
"""

import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import OperationalError

from bench.fixture import (
    installation,
    peak_mb,
    print_result,
    resident_mb,
    run_in_subprocess,
    site_with_keywords,
)
from bench.idle_provider import IdleProvider
from bench.table import Row, at_least, at_most, by_ratio, median
from igny8 import jobs
from igny8.app import create_app
from igny8.engine.billing.providers import Providers
from igny8.engine.runs import start_run
from igny8.engine.work import claims, recovery, tools, worker_loop
from igny8.extensions import read_transaction
from igny8.models import Run, RunStage
from igny8.models.site_settings import DEFAULT_BATCH_SIZES
from igny8.models.worker import HEARTBEAT_INTERVAL_S
from igny8.stages import STAGES

LEDGER = ("automation_run", "run_stage", "run_item", "run_event", "kept_answer")
DRAW = next(s.NUMBER for s in STAGES if s.KEY == "draw")


class NoopTools(tools.Tools):
    """The real tools, except that image files go nowhere."""

    def store_image(self, name: str, data: bytes) -> str:
        """Return where the file would be."""
        return name


class Meter:
    """The CPU time of each stage: from one claim to the next."""

    def __init__(self):
        self.cpu, self.items = {}, {}
        self._stage, self._since = None, time.process_time()

    def tools_for(self, batch) -> NoopTools:
        """Note which stage is in work and return its tools."""
        self.close(batch.stage)
        self.items[batch.stage] = self.items.get(batch.stage, 0) + len(batch.items)
        return NoopTools(batch, Path(), Providers(IdleProvider()))

    def close(self, following: int | None = None) -> None:
        """Put the time since the last claim down to the stage that was in work."""
        now = time.process_time()
        if self._stage is not None:
            self.cpu[self._stage] = self.cpu.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = following, now

    def of(self, stages) -> float:
        """Return the CPU milliseconds an item over some stages."""
        items = sum(self.items.get(n, 0) for n in stages)
        return 1000 * sum(self.cpu.get(n, 0.0) for n in stages) / max(1, items)


def _run_to_completion() -> Meter:
    """Work until nothing is left, beating as a worker does; return what it cost."""
    meter, heartbeat, beaten = Meter(), recovery.Heartbeat(1, "bench"), [time.monotonic()]

    def beat() -> None:
        if time.monotonic() - beaten[0] > HEARTBEAT_INTERVAL_S:
            heartbeat.send()
            beaten[0] = time.monotonic()

    while worker_loop.run_worker(heartbeat, meter.tools_for, on_claim=beat):
        pass
    meter.close()
    with read_transaction() as tx:
        if tx.execute(select(Run.state)).scalar_one() != "completed":
            raise RuntimeError("the run did not end")
    return meter


def measure_run(keywords: int) -> None:
    """Drive one run from beginning to end and print what it cost."""
    with installation(create_app):
        site_id = site_with_keywords(keywords)
        resting = resident_mb()
        began, cpu = time.perf_counter(), time.process_time()
        start_run.start_run(site_id)
        meter = _run_to_completion()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        peak = peak_mb()
        with read_transaction() as tx:
            items = tx.execute(
                sa.text("SELECT count(*) FROM run_item WHERE state = 'done'")
            ).scalar_one()
            size = _bytes_of(tx, LEDGER)
            rows_alone = _bytes_of(tx, ("run_item",))
    each = {s.KEY: round(meter.of([s.NUMBER]), 3) for s in STAGES}
    print_result(
        items=items,
        rate=items / seconds,
        cpu_ms=1000 * cpu / items,
        bytes=size and size / items,
        item_bytes=rows_alone and rows_alone / items,
        peak_mb=peak,
        resting_mb=resting,
        stages=each,
    )


def measure_single_item_claims(keywords: int) -> None:
    """Drive one run whose claims do not grow, and print what an item costs that is settled alone."""
    claims.QUICK_CLAIM_ITEMS = 1
    with installation(create_app):
        start_run.start_run(site_with_keywords(keywords))
        meter = _run_to_completion()
    print_result(cpu_ms=meter.of([DRAW]), mean_ms=meter.of(meter.items))


def measure_baseline(keywords: int, batch: int) -> None:
    """Move as many items through seven steps, `batch` of them a commit, and print what it cost."""
    steps = [keywords * n // 4 for n in (4, 1, 3, 3, 3, 6, 3)]
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/floor.db")
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
        item = sa.Table(
            "item",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("stage", sa.Integer, nullable=False),
            sa.Column("state", sa.String(9), nullable=False),
        )
        item.metadata.create_all(engine)
        began, cpu = time.perf_counter(), time.process_time()
        _steps(engine, item, steps, batch)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        with engine.connect() as tx:
            size = _bytes_of(tx, ("item",))
        engine.dispose()
    items = sum(steps)
    print_result(rate=items / seconds, cpu_ms=1000 * cpu / items, bytes=size and size / items)


def _steps(engine, item, steps: list[int], batch: int) -> None:
    done = (
        update(item)
        .where(
            item.c.id == bindparam("one")
            if batch == 1
            else item.c.id.in_(bindparam("one", expanding=True))
        )
        .values(state="done")
    )
    add = insert(item)
    with engine.begin() as tx:
        tx.execute(insert(item), [{"stage": 1, "state": "queued"} for _ in range(steps[0])])
    for number, count in enumerate(steps, 1):
        following = steps[number] if number < len(steps) else 0
        with engine.begin() as tx:
            ids = tx.execute(select(item.c.id).where(item.c.stage == number)).scalars().all()
        made = 0
        for start in range(0, count, batch):
            part = ids[start : start + batch]
            fresh = following * (start + len(part)) // count - made
            made += fresh
            with engine.begin() as tx:
                tx.execute(done, {"one": part[0] if batch == 1 else part})
                if fresh:
                    tx.execute(
                        add, [{"stage": number + 1, "state": "queued"} for _ in range(fresh)]
                    )


def first_item(keywords: int) -> None:
    """Start a run in a process whose worker idled for three seconds; print when its first item was done."""
    tools.load_builtin_provider = IdleProvider
    with installation(create_app) as app:
        site_id = site_with_keywords(keywords)
        rung = []
        bell = app.extensions["igny8.huey"].task(name="bell")(
            lambda: rung.append(time.perf_counter())
        )
        work = jobs.WorkerProcess(app, 1)
        work.start()
        bells = [_wakeup_latency(bell, rung) for _ in range(3)]
        time.sleep(3)
        began = time.perf_counter()
        start_run.start_run(site_id)
        jobs.wake_workers()
        query = select(RunStage.done).where(RunStage.number == 1)
        while not _scalar(query):
            time.sleep(0.001)
        ours_ms = 1000 * (time.perf_counter() - began)
        work.stop()
    print_result(first_ms=ours_ms, bell_ms=1000 * median(bells))


def _wakeup_latency(bell, rung: list) -> float:
    time.sleep(0.5)
    rung.clear()
    began = time.perf_counter()
    bell()
    while not rung:
        time.sleep(0.001)
    return rung[0] - began


def _scalar(query) -> int:
    with read_transaction() as tx:
        return tx.execute(query).scalar() or 0


def _pragmas(connection, record) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _bytes_of(tx, tables: tuple[str, ...]) -> int | None:
    """Return the bytes of tables with their indexes; None where SQLite cannot tell."""
    names = tx.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master").all()
    wanted = {name for name, table in names if table in tables}
    try:
        pages = tx.exec_driver_sql("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").all()
    except OperationalError:
        return None
    return sum(size or 0 for name, size in pages if name in wanted)


def rows(quick: bool) -> list[Row]:
    """Return the engine's rows of the table."""
    small, large, turns = (200, 1600, 1) if quick else (1000, 10_000, 3)
    found = {"ours": [], "single": [], "batch": [], "alone": []}
    for _ in range(turns):
        found["ours"].append(run_in_subprocess("bench.engine", "ours", small))
        found["single"].append(run_in_subprocess("bench.engine", "floor", small, 1))
        found["batch"].append(run_in_subprocess("bench.engine", "floor", small, 50))
        found["alone"].append(run_in_subprocess("bench.engine", "alone", small // 2))
    big = run_in_subprocess("bench.engine", "ours", large)
    again = run_in_subprocess("bench.engine", "ours", small)
    first = run_in_subprocess("bench.engine", "first", small)

    def mid(which: str, key: str) -> float:
        return median([one[key] for one in found[which]])

    area, size = "engine", f"{found['ours'][0]['items']:,} items"
    table = [
        at_least(
            area, f"items a second, {size}", mid("ours", "rate"), 2000, floor=mid("single", "rate")
        ),
        Row(
            area,
            "  the same beside the floor in batches of 50",
            mid("ours", "rate"),
            mid("batch", "rate"),
        ),
        at_most(
            area,
            "CPU an item, quick ones in batches",
            mid("ours", "cpu_ms"),
            0.1,
            "ms",
            mid("batch", "cpu_ms"),
        ),
        at_most(
            area,
            "CPU an item, settled one by one",
            mid("alone", "cpu_ms"),
            0.8,
            "ms",
            mid("single", "cpu_ms"),
        ),
        at_most(
            area,
            "CPU an item, mean with images one by one",
            mid("alone", "mean_ms"),
            0.4,
            "ms",
            mid("single", "cpu_ms"),
        ),
    ]
    table += [
        Row(
            area,
            f"  {key}, {DEFAULT_BATCH_SIZES[key]} at a time or more",
            median([one["stages"][key] for one in found["ours"]]),
            unit="ms",
        )
        for key in found["ours"][0]["stages"]
    ]
    if found["ours"][0]["bytes"]:
        table += [
            at_most(
                area,
                "bytes an item, whole ledger",
                mid("ours", "bytes"),
                400,
                "B",
                mid("single", "bytes"),
            ),
            Row(area, "  of it the items with their indexes", mid("ours", "item_bytes"), unit="B"),
        ]
    else:
        table.append(Row(area, "bytes an item", note="this SQLite has no dbstat"))
    return [
        *table,
        at_most(
            area,
            "start → first item done, after idling",
            first["first_ms"],
            100,
            "ms",
            first["bell_ms"],
        ),
        by_ratio(
            area,
            f"items a second, {large:,} beside {small:,} keywords",
            big["rate"],
            max(again["rate"], mid("ours", "rate")),
            "",
            least=0.95,
        ),
        Row(
            area,
            f"  CPU an item, {large:,} beside {small:,} keywords",
            big["cpu_ms"],
            again["cpu_ms"],
            "ms",
        ),
        by_ratio(
            area,
            f"peak memory, {large:,} beside {small:,} keywords",
            big["peak_mb"],
            again["peak_mb"],
            "MB",
            most=1.2,
        ),
    ]


if __name__ == "__main__":
    {
        "ours": measure_run,
        "alone": measure_single_item_claims,
        "floor": measure_baseline,
        "first": first_item,
    }[sys.argv[1]](*map(int, sys.argv[2:]))
