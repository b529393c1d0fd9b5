"""Compare web servers: python -m bench.servers [--viewers] [--rounds N] [--before DIR].

Each candidate serves a copy of the same installation, in turns, so that a busy machine is busy
for all. Without `--viewers`, 200 browsers poll without a pause, a changed and an unchanged run:
polls per second, CPU of the server per poll, memory (PSS), start, Ctrl-C, and a request beside
slow connections. With it, 1,000 open pages poll as the page does while a worker works: seconds to
an answer, and the worker's pace beside its pace without them. `--before` adds `igny8 web` of
another checkout whose tables are the same.
"""

import argparse
import asyncio
import multiprocessing
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.fixture import ROOT
from bench.servers.candidates import CANDIDATES
from bench.servers.clients import SLOW, Polling, poll, wait_beside
from bench.servers.installation import SITE, Installation, Server
from tests.chaos.viewers import look_on

BROWSERS = 200
POLL_S, PACE_S, WATCH_S = 5.0, 12.0, 24.0
MODEL_LATENCY_S = 0.4
Figures = dict[str, float]


def measure_polls(server: Server, place: Installation, cookies: list[str]) -> Figures:
    """Return what polls cost, and how slow connections hold up others."""
    time.sleep(1)
    figures = {"start, s": server.start_s, "idle memory, MB": server.memory_mb()}
    for kind in ("changed", "unchanged"):
        polling = Polling(server.port, POLL_S, kind == "changed", place.change, server.cpu)
        found = asyncio.run(poll(polling, cookies[:BROWSERS]))
        figures |= {f"{kind}: {what}": value for what, value in found.items()}
    for kind in SLOW:
        figures[f"request beside “{kind}”, s"] = wait_beside(server.port, kind)
    return figures


def measure_viewers(server: Server, place: Installation, cookies: list[str]) -> Figures:
    """Return what 1,000 open pages wait for, and what they cost the worker."""
    with place.worker(MODEL_LATENCY_S):
        time.sleep(4)
        alone = place.pace(PACE_S)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            viewers = pool.apply_async(look_on, (server.port, cookies, SITE, WATCH_S))
            time.sleep(WATCH_S - PACE_S - 2)
            cpu, began = server.cpu(), time.monotonic()
            watched = place.pace(PACE_S)
            cores = (server.cpu() - cpu) / (time.monotonic() - began)
            seen = viewers.get(120)
    return {
        "p50, s": seen["p50"],
        "p99, s": seen["p99"],
        "errors": seen["errors"],
        "polls": seen["requests"],
        "cores of the server": cores,
        "pace of the worker": watched / alone if alone else 0.0,
    }


def main() -> None:
    """Measure in turns and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.servers", description=__doc__)
    parser.add_argument("--viewers", action="store_true", help="measure 1,000 open pages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", choices=CANDIDATES)
    parser.add_argument("--before", type=Path, help="another checkout")
    options = parser.parse_args()
    names = options.only or [name for name in CANDIDATES if name != "before" or options.before]
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        found = measure(Path(folder), names, options)
    show(found)


def measure(folder: Path, names: list[str], options: argparse.Namespace) -> dict:
    """Return the figures of each candidate, one dictionary per round."""
    found: dict[str, list[Figures]] = {}
    first = Installation(folder / "first")
    cookies = first.make()
    for number in range(options.rounds):
        for name in names if number % 2 == 0 else reversed(names):
            place = first.copy(folder / "copy")
            try:
                figures = measure_one(name, place, cookies, options)
            except (RuntimeError, TimeoutError) as error:
                print(f"{name}: {error}", file=sys.stderr)
            else:
                found.setdefault(name, []).append(figures)
                print(name, figures, file=sys.stderr, flush=True)
            shutil.rmtree(place.folder)
    return found


def measure_one(
    name: str, place: Installation, cookies: list[str], options: argparse.Namespace
) -> Figures:
    """Return the figures of one round of a candidate."""
    server = Server(name, place, options.before if name == "before" else ROOT)
    measure_it = measure_viewers if options.viewers else measure_polls
    try:
        figures = measure_it(server, place, cookies)
    finally:
        stop_s = server.stop()
    return figures | {"Ctrl-C, s": stop_s}


def show(found: dict[str, list[Figures]]) -> None:
    """Print one column per candidate with the median of its rounds."""
    if not found:
        return
    print(" " * 36 + "".join(f"{name:>12}" for name in found))
    for what in next(iter(found.values()))[0]:
        values = (median(one[what] for one in rounds) for rounds in found.values())
        print(f"{what:36}" + "".join(f"{value:12.3f}" for value in values))


if __name__ == "__main__":
    main()
