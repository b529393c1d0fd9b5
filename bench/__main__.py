"""python -m bench [--quick] [--only AREA]: print one table of ours beside floors, and which goals are met."""

import argparse
import importlib
import subprocess
import sys
import time

from bench.fixture import ROOT
from bench.table import Row, print_table, skipped

AREAS = {
    "engine": "bench.engine",
    "waiting": "bench.waiting_runs",
    "polling": "bench.polling",
    "click": "bench.click_latency",
    "start": "bench.startup",
    "import": "bench.keyword_import",
    "clustering": None,
}


def main() -> None:
    """Measure the areas asked for, one after the other, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition(": ")[2])
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, under a minute; figures swing more"
    )
    parser.add_argument(
        "--only", choices=AREAS, action="append", help="one area; may be said again"
    )
    chosen = parser.parse_args()
    table: list[Row] = []
    began = time.perf_counter()
    for area in chosen.only or AREAS:
        if AREAS[area] is not None:
            print(f"measuring {area} …", file=sys.stderr, flush=True)
            table += _rows(area, chosen.quick)
    if table:
        print_table(table)
    if "clustering" in (chosen.only or AREAS):
        _clustering(chosen.quick)
    print(
        f"\n{time.perf_counter() - began:.0f} s. On a busy machine trust the ratios, not the figures."
    )


def _rows(area: str, quick: bool) -> list[Row]:
    """Return an area's rows; what cannot be measured is said, and the rest is measured all the same."""
    try:
        return importlib.import_module(AREAS[area]).rows(quick)
    except (ImportError, RuntimeError) as error:
        return [skipped(area, str(error).strip().splitlines()[-1])]


def _clustering(quick: bool) -> None:
    """Let the clustering's own bench print its tables: it measures quality as well as speed."""
    sizes = ["1000"] if quick else ["3000", "10000"]
    print("\nclustering", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.clustering", "--sizes", *sizes], cwd=ROOT, check=False
    )
    if done.returncode:
        print("not measured: bench/clustering.py failed")


if __name__ == "__main__":
    main()
