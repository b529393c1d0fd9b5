"""Run rounds of scenarios, several in parallel processes, and collect their results."""

import multiprocessing
import queue
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.chaos import scenarios
from tests.chaos.scenario_runner import SCENARIOS, RoundResult, Scenario, ScenarioRunner
from tests.servers import Postgres, Redis, postgres_programs, running

SPAWN = multiprocessing.get_context("spawn")


class SharedSetups:
    """Servers and corpora, each made when the first scenario needs it."""

    def __init__(self, stack: ExitStack, seed: int):
        self._stack, self.seed = stack, seed
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="igny8-chaos-")))
        self._made, self._servers = {}, None

    def chaos(self, how: Scenario, database: str) -> ScenarioRunner:
        """Return the corpus that a scenario plays with, its undisturbed run known."""
        key = (database, how.provider, how.keywords)
        if key not in self._made:
            server, redis = self.servers() if database == "postgresql" else (None, None)
            found = ScenarioRunner(
                self._folder / "_".join(map(str, key)),
                how.keywords,
                self.seed,
                how.provider,
                server,
                redis,
            )
            peace = found.run_undisturbed()
            if not peace.is_good:
                raise RuntimeError(f"the undisturbed run of {key} is not well: {peace}")
            self._made[key] = found
        return self._made[key]

    def servers(self) -> tuple:
        """Return PostgreSQL and Redis, started."""
        if self._servers is None:
            self._servers = (
                self._stack.enter_context(running(Postgres(durable=True))),
                self._stack.enter_context(running(Redis())),
            )
        return self._servers


class Row:
    """What all rounds of a scenario on a database came to, or why it was left out."""

    def __init__(self, name: str, database: str, left_out: str = ""):
        self.name, self.database, self.left_out, self.rounds = name, database, left_out, []

    def sum(self, what: str) -> float:
        return sum(getattr(r, what) or 0 for r in self.rounds)

    @property
    def violations(self) -> int:
        return sum(len(r.violations) for r in self.rounds)

    @property
    def is_good(self) -> bool:
        return all(r.is_good for r in self.rounds)

    def cells(self) -> tuple:
        """Return the cells of the table."""
        if self.left_out:
            return self.name, self.database, "left out: " + self.left_out
        counted = [r for r in self.rounds if r.extra is not None]
        compared = [r.same for r in self.rounds if r.same is not None]
        return (
            self.name,
            self.database,
            len(self.rounds),
            self.sum("faults"),
            f"{self.sum('samples'):,}",
            self.violations,
            self.sum("extra") if counted else "–",
            sum(r.bound for r in counted) if counted else "–",
            f"{sum(compared)} of {len(compared)}" if compared else "–",
            f"{self.sum('seconds'):.0f}",
        )


def run_all(jobs: list[tuple[str, str, int]], seed: int, lanes: int) -> Iterator[Row]:
    """Yield the row of each job (scenario, database, times) when it is over; the lanes share the jobs.

    What needs the machine for itself is played last, in one lane.
    """
    alone = [job for job in jobs if SCENARIOS[job[0]].alone]
    shared = [job for job in jobs if not SCENARIOS[job[0]].alone]
    for some, count in ((shared, min(lanes, len(shared))), (alone, min(1, len(alone)))):
        with _lanes(some, seed, count) as (lanes_at_work, rows):
            for _ in some:
                yield _next(lanes_at_work, rows)


@contextmanager
def _lanes(jobs: list, seed: int, count: int):
    """Lend processes that play the jobs, and the queue of their rows; see that they end, with all they started."""
    waiting, rows = SPAWN.Queue(), SPAWN.Queue()
    for job in (*jobs, *[None] * count):
        waiting.put(job)
    lanes = [SPAWN.Process(target=run_lane, args=(waiting, rows, seed)) for _ in range(count)]
    for lane in lanes:
        lane.start()
    try:
        yield lanes, rows
    except BaseException:
        for lane in lanes:
            lane.terminate()
        raise
    finally:
        for lane in lanes:
            lane.join()


def _next(lanes: list, rows) -> Row:
    while True:
        try:
            return rows.get(timeout=5)
        except queue.Empty:
            if not any(lane.is_alive() for lane in lanes):
                raise RuntimeError("the lanes ended before their jobs did") from None


def run_lane(waiting, rows, seed: int) -> None:
    """Play jobs until there is none left; what cannot be played is a broken row."""
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # servers and processes are ended then, too
    scenarios.load_all()
    with ExitStack() as stack:
        arena = SharedSetups(stack, seed)
        for name, database, times in iter(waiting.get, None):
            try:
                row = play(arena, SCENARIOS[name], database, times)
            except Exception:
                row = Row(name, database)
                row.rounds.append(
                    RoundResult(
                        name, violations=["could not be played"], log=traceback.format_exc()
                    )
                )
                show(row.rounds[-1], database)
            rows.put(row)


def play(arena: SharedSetups, how: Scenario, database: str, times: int) -> Row:
    """Run all rounds of a scenario on a database."""
    why = how.needs() or (
        "no PostgreSQL here" if database == "postgresql" and not postgres_programs() else ""
    )
    row = Row(how.name, database, why)
    if why:
        print(f"--  {how.name:<36} {database:<10} left out: {why}", flush=True)
        return row
    runner = arena.chaos(how, database)
    for turn in range(times):
        runner.random.seed(f"{arena.seed} {how.name} {database} {turn}")
        row.rounds.append(runner.play(how))
        show(row.rounds[-1], database)
    return row


def show(result: RoundResult, database: str) -> None:
    """Say what a round came to, at once and in one piece."""
    told = [
        f"{'ok ' if result.is_good else 'BAD'} {result.name:<36} {database:<10} {result.state:<22} "
        f"{'same' if result.same else '–' if result.same is None else 'DIFFERENT':<9} {result.samples:>5} samples "
        f"{result.faults:>3} faults {result.seconds:>4.0f} s  {result.did}"
    ]
    told += ["      " + line for line in result.violations] + [
        "      | " + line for line in result.log.splitlines()
    ]
    print("\n".join(told), flush=True)
