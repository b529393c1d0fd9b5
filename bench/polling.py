"""What one refresh of a running run's page costs, beside Flask answering a partial from a cache.

Requests go straight into the WSGI app, one after the other: what a server adds is the same for
ours and for the floor. The floor asks one query for the version, and answers a ready text of the
same size as ours, or 204.
"""

import sqlite3
import sys
import tempfile
import time

from flask import Flask, request
from sqlalchemy import event, update
from werkzeug.test import EnvironBuilder

from bench.fixture import installation, print_result, run_in_subprocess, site_with_keywords
from bench.idle_provider import IdleProvider
from bench.table import Row, at_least, at_most, by_ratio, median
from igny8 import progress
from igny8.app import create_app
from igny8.engine.billing.providers import Providers
from igny8.engine.runs import start_run
from igny8.engine.work import recovery, tools, worker_loop
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Run, Site
from tests import browser_client

LIVE = "/sites/green/automation/live"
VIEWERS = 200
GOAL_RATE = 730  # ten times the best peer (docs/decisions/0020-web-server.md)
KEYS = ("p50", "rate", "cpu")
COOKIE = {}  # of who looks; the floor asks nobody


def measure_product(items: int, versions: int) -> None:
    """Poll a run of so many items as 200 viewers do, and print what it cost."""
    with installation(create_app) as app:
        COOKIE["Cookie"] = "=".join(browser_client.cookie(app))
        _start_partial_run(app, items)
        statements = []
        event.listen(
            db.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, *_: (
                statements.append(statement) if not statement.startswith("BEGIN") else None
            ),
        )
        changed = _poll(app, versions, lambda n: "old", _increase_version)
        _increase_version()
        statements.clear()
        size = len(_ask(app, "old"))
        cost = len(statements)
        with read_transaction() as tx:
            now = progress.snapshot(Site.find("green", tx), page=True)["tag"]
        unchanged = _poll(app, versions, lambda n: now, lambda: None)
        statements.clear()
        _ask(app, now)
    print_result(
        changed=changed,
        unchanged=unchanged,
        bytes=size,
        statements=cost,
        idle_statements=len(statements),
    )


def measure_baseline(size: int, versions: int) -> None:
    """Poll a bare Flask app the same way, and print what it cost."""
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        app, write = _bare_app(folder, size)
        changed = _poll(app, versions, lambda n: "old", write)
        unchanged = _poll(app, versions, lambda n: "now", lambda: None)
    print_result(changed=changed, unchanged=unchanged)


def _bare_app(folder: str, size: int):
    database = sqlite3.connect(f"{folder}/floor.db", isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, version INTEGER)")
    database.execute("INSERT INTO run VALUES (1, 1)")
    app, cache = Flask("floor"), {}

    @app.get(LIVE)
    def live():
        version = database.execute("SELECT version FROM run WHERE id = ?", (1,)).fetchone()[0]
        if request.args["v"] == "now":
            return "", 204
        return cache.setdefault(version % 2, "x" * size)

    return app, lambda: database.execute("UPDATE run SET version = version + 1")


def _start_partial_run(app, items: int) -> None:
    """Begin a run over so many items, and let it work on some of them."""
    start_run.start_run(site_with_keywords(items))
    heartbeat, claims = recovery.Heartbeat(1, "bench"), []
    heartbeat.register()
    worker_loop.run_worker(
        heartbeat,
        lambda batch: tools.Tools(batch, app.config["SETTINGS"].images, Providers(IdleProvider())),
        stopping=lambda: len(claims) == 8,
        on_claim=lambda: claims.append(1),
    )


def _increase_version() -> None:
    with write_transaction() as tx:
        tx.execute(update(Run.__table__).values(version=Run.version + 1))


def _poll(app, versions: int, seen, change) -> dict:
    """Return p50 and CPU of a poll in milliseconds, and polls a second: 200 of them a version."""
    times, cpu, wall = [], 0.0, 0.0
    _ask(app, seen(0))
    for number in range(versions):
        change()
        version = seen(number)
        began, busy = time.perf_counter(), time.process_time()
        for _ in range(VIEWERS):
            one = time.perf_counter()
            _ask(app, version)
            times.append(time.perf_counter() - one)
        wall, cpu = wall + time.perf_counter() - began, cpu + time.process_time() - busy
    return {"p50": 1000 * median(times), "cpu": 1000 * cpu / len(times), "rate": len(times) / wall}


def _ask(app, version: str) -> bytes:
    asked = EnvironBuilder(LIVE, query_string={"v": version}, headers=COOKIE)
    body = app.wsgi_app(asked.get_environ(), lambda *_: None)
    return b"".join(body)


def rows(quick: bool) -> list[Row]:
    """Return the rows of polling."""
    small, large, versions, turns = (200, 2000, 1, 1) if quick else (1000, 100_000, 2, 3)
    found = {"ours": [], "floor": [], "large": []}
    for _ in range(turns):
        found["ours"].append(run_in_subprocess("bench.polling", "ours", small, versions))
        found["floor"].append(
            run_in_subprocess("bench.polling", "floor", found["ours"][0]["bytes"], versions)
        )
        found["large"].append(run_in_subprocess("bench.polling", "ours", large, versions))

    def mid(which: str, kind: str, key: str) -> float:
        return median([one[kind][key] for one in found[which]])

    area, table = "polling", []
    for kind in ("changed", "unchanged"):
        ours, floor = ({key: mid(who, kind, key) for key in KEYS} for who in ("ours", "floor"))
        table += [
            at_most(area, f"{kind}: p50", ours["p50"], 5, "ms", floor["p50"]),
            at_least(area, f"{kind}: polls per second", ours["rate"], GOAL_RATE, "", floor["rate"]),
            at_most(area, f"{kind}: CPU per poll", ours["cpu"], 1.5, "ms", floor["cpu"]),
            by_ratio(
                area,
                f"{kind}: polls per second, {large:,} beside {small:,} items",
                mid("large", kind, "rate"),
                ours["rate"],
                "",
                least=0.9,
            ),
        ]
    one, many = found["ours"][0], found["large"][0]
    return [
        *table,
        at_most(area, "bytes, changed", one["bytes"], 14 * 1024, "B"),
        by_ratio(
            area,
            f"bytes, {large:,} beside {small:,} items",
            many["bytes"],
            one["bytes"],
            "B",
            most=1.1,
        ),
        at_most(
            area, f"SQL statements, first poll of a version, {large:,} items", many["statements"], 4
        ),
        at_most(
            area, f"SQL statements an unchanged poll, {large:,} items", many["idle_statements"], 1
        ),
    ]


if __name__ == "__main__":
    {"ours": measure_product, "floor": measure_baseline}[sys.argv[1]](*map(int, sys.argv[2:]))
