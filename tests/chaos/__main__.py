"""Play the fault catalogue on both databases: `python -m tests.chaos --only kill-worker,freeze --seed 7`."""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.chaos import scenarios
from tests.chaos.harness import BOTH, SCENARIOS, Chaos, Round, Scenario
from tests.chaos.mutants import TEN
from tests.chaos.processes import ROOT
from tests.servers import Postgres, Redis, postgres_programs, running

HEAD = ("scenario", "database", "runs", "faults", "samples", "violations", "extra calls", "bound", "equal", "seconds")


def main() -> int:
    """Play what is asked for, print one table; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", default="", help="names of scenarios, with commas; a name may end with *")
    parser.add_argument("--database", choices=(*BOTH, "both"), default="both")
    parser.add_argument("--times", type=float, default=1.0, help="play each scenario so many times as often")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--list", action="store_true", help="say what there is, and play nothing")
    asked = parser.parse_args()
    scenarios.load()
    chosen = [s for s in SCENARIOS.values() if is_chosen(s.name, asked.only)]
    if asked.list or not (chosen or is_chosen("mutants", asked.only)):
        print("\n".join(f"{s.name:<36} {', '.join(s.on)}" for s in SCENARIOS.values()) + "\nmutants")
        return int(not chosen)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and processes are ended then, too
    print(f"seed {asked.seed}", flush=True)
    table, begun = [], time.monotonic()
    with ExitStack() as stack:
        arena = Arena(stack, asked.seed)
        for how in chosen:
            for database in how.on:
                if asked.database in (database, "both"):
                    table.append(play(arena, how, database, max(1, round(asked.times * how.times))))
    found = not is_chosen("mutants", asked.only) or find_mutants()
    print_table(table)
    print(f"{sum(len(r.rounds) for r in table)} runs, {sum(r.sum('faults') for r in table):,} faults, "
          f"{sum(r.sum('samples') for r in table):,} samples, {sum(r.violations for r in table)} violations, "
          f"{sum(not r.is_good for r in table)} bad rows, {time.monotonic() - begun:.0f} s")
    return int(not all(row.is_good for row in table) or not found)


def is_chosen(name: str, only: str) -> bool:
    words = only.split(",") if only else ["*"]
    return any(name == word or (word.endswith("*") and name.startswith(word[:-1])) for word in words)


def find_mutants() -> bool:
    """Return whether each deliberate bug of the protocol is found by its test, and say so."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "tests/chaos/test_mutants.py"], cwd=ROOT, check=False,
                          capture_output=True, text=True)
    print(f"{'ok ' if done.returncode == 0 else 'BAD'} {'mutants':<36} {len(TEN)} of the design: "
          f"{done.stdout.strip().splitlines()[-1]}", flush=True)
    return done.returncode == 0


class Arena:
    """Servers and corpora, each made when the first scenario needs it."""

    def __init__(self, stack: ExitStack, seed: int):
        self._stack, self.seed = stack, seed
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="igny8-chaos-")))
        self._made, self._servers = {}, None

    def chaos(self, how: Scenario, database: str) -> Chaos:
        """Return the corpus that a scenario plays with, its undisturbed run known."""
        key = (database, how.provider, how.keywords)
        if key not in self._made:
            server, redis = self.servers() if database == "postgresql" else (None, None)
            found = Chaos(self._folder / "_".join(map(str, key)), how.keywords, self.seed, how.provider, server, redis)
            peace = found.run_undisturbed()
            if not peace.is_good:
                raise RuntimeError(f"the undisturbed run of {key} is not well: {peace}")
            self._made[key] = found
        return self._made[key]

    def servers(self) -> tuple:
        """Return PostgreSQL and Redis, started."""
        if self._servers is None:
            self._servers = (self._stack.enter_context(running(Postgres(durable=True))),
                             self._stack.enter_context(running(Redis())))
        return self._servers


class Row:
    """What all rounds of a scenario on a database came to, or why it was left out."""

    def __init__(self, name: str, database: str, left_out: str = ""):
        self.name, self.database, self.left_out, self.rounds = name, database, left_out, []

    def sum(self, what: str) -> float:
        return sum(getattr(r, what) or 0 for r in self.rounds)

    @property
    def violations(self) -> int:
        return sum(len(r.broken) for r in self.rounds)

    @property
    def is_good(self) -> bool:
        return all(r.is_good for r in self.rounds)

    def cells(self) -> tuple:
        """Return the cells of the table."""
        if self.left_out:
            return self.name, self.database, "left out: " + self.left_out
        counted = [r for r in self.rounds if r.extra is not None]
        compared = [r.same for r in self.rounds if r.same is not None]
        return (self.name, self.database, len(self.rounds), self.sum("faults"), f"{self.sum('samples'):,}",
                self.violations, self.sum("extra") if counted else "–",
                sum(r.bound for r in counted) if counted else "–",
                f"{sum(compared)} of {len(compared)}" if compared else "–", f"{self.sum('seconds'):.0f}")


def play(arena: Arena, how: Scenario, database: str, times: int) -> Row:
    """Play all rounds of a scenario on a database."""
    why = how.needs() or ("no PostgreSQL here" if database == "postgresql" and not postgres_programs() else "")
    row = Row(how.name, database, why)
    if why:
        print(f"--  {how.name:<36} {database:<10} left out: {why}", flush=True)
        return row
    chaos = arena.chaos(how, database)
    for turn in range(times):
        chaos.random.seed(f"{arena.seed} {how.name} {database} {turn}")
        row.rounds.append(chaos.play(how))
        show(row.rounds[-1], database)
    return row


def show(result: Round, database: str) -> None:
    print(f"{'ok ' if result.is_good else 'BAD'} {result.name:<36} {database:<10} {result.state:<22} "
          f"{'same' if result.same else '–' if result.same is None else 'DIFFERENT':<9} {result.samples:>5} samples "
          f"{result.faults:>3} faults {result.seconds:>4.0f} s  {result.did}", flush=True)
    for line in result.broken:
        print("      " + line, flush=True)
    for line in result.log.splitlines():
        print("      | " + line, flush=True)


def print_table(table: list[Row]) -> None:
    """Print the rows as a table that is Markdown too."""
    print("\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    for row in table:
        print("| " + " | ".join(map(str, row.cells())) + " |")


if __name__ == "__main__":
    sys.exit(main())
