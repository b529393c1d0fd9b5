"""Play the fault catalogue on both databases: `python -m tests.chaos --only kill-worker,freeze --seed 7`."""

import argparse
import os
import random
import signal
import subprocess
import sys
import time

from tests.chaos import scenarios
from tests.chaos.mutants import TEN
from tests.chaos.parallel_rounds import Row, run_all
from tests.chaos.processes import ROOT
from tests.chaos.scenario_runner import BOTH, SCENARIOS

HEAD = (
    "scenario",
    "database",
    "runs",
    "faults",
    "samples",
    "violations",
    "extra calls",
    "bound",
    "equal",
    "seconds",
)


def main() -> int:
    """Run the selected scenarios and print a table; return 1 on violations."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--only", default="", help="names of scenarios, with commas; a name may end with *"
    )
    parser.add_argument("--database", choices=(*BOTH, "both"), default="both")
    parser.add_argument(
        "--times", type=float, default=1.0, help="play each scenario so many times as often"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument(
        "--lanes", type=int, default=min(4, os.cpu_count() or 1), help="play so many at once"
    )
    parser.add_argument("--list", action="store_true", help="say what there is, and play nothing")
    asked = parser.parse_args()
    scenarios.load_all()
    chosen = [s for s in SCENARIOS.values() if is_chosen(s.name, asked.only)]
    if asked.list or not (chosen or is_chosen("mutants", asked.only)):
        print(
            "\n".join(f"{s.name:<36} {', '.join(s.on)}" for s in SCENARIOS.values()) + "\nmutants"
        )
        return int(not chosen)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the lanes are ended then, too
    print(f"seed {asked.seed}", flush=True)
    begun, table = time.monotonic(), []
    jobs = [
        (how.name, database, max(1, round(asked.times * how.times)))
        for how in chosen
        for database in how.on
        if asked.database in (database, "both")
    ]
    for row in run_all(jobs, asked.seed, asked.lanes):
        table.append(row)
        print(line(row.cells()), flush=True)
    found = not is_chosen("mutants", asked.only) or find_mutants()
    print_table(table)
    print(
        f"{sum(len(r.rounds) for r in table)} runs, {sum(r.sum('faults') for r in table):,} faults, "
        f"{sum(r.sum('samples') for r in table):,} samples, {sum(r.violations for r in table)} violations, "
        f"{sum(not r.is_good for r in table)} bad rows, {time.monotonic() - begun:.0f} s"
    )
    return int(not all(row.is_good for row in table) or not found)


def is_chosen(name: str, only: str) -> bool:
    words = only.split(",") if only else ["*"]
    return any(
        name == word or (word.endswith("*") and name.startswith(word[:-1])) for word in words
    )


def find_mutants() -> bool:
    """Return whether each deliberate bug of the protocol is found by its test, and say so."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/chaos/test_mutants.py"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    print(
        f"{'ok ' if done.returncode == 0 else 'BAD'} {'mutants':<36} {len(TEN)} of the design: "
        f"{done.stdout.strip().splitlines()[-1]}",
        flush=True,
    )
    return done.returncode == 0


def print_table(table: list[Row]) -> None:
    """Print the rows as a table that is Markdown too."""
    print("\n" + line(HEAD) + "\n" + "|---" * len(HEAD) + "|")
    for row in sorted(table, key=lambda row: (list(SCENARIOS).index(row.name), row.database)):
        print(line(row.cells()))


def line(cells: tuple) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    sys.exit(main())
