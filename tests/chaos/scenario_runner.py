"""A corpus, its undisturbed run, and the play of scenarios: disturb, watch, compare with the undisturbed.

Every random choice comes from a seed that is printed.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.corpus import write_export
from tests.chaos.installation import SERVE, SITE, Installation, database_of
from tests.chaos.processes import ROOT
from tests.servers import Postgres, Redis

POINTS = ("begun", "claimed", "asked", "answered", "settling", "settled", "advanced")
PAID = ("reserved", "sent", "kept")
BOTH = ("sqlite", "postgresql")
DEMONSTRATION = {"IGNY8_AI_BASE_URL": "demonstration", "IGNY8_DEMO": "latency=0.01"}


@dataclass(frozen=True)
class Scenario:
    """A way to disturb a run, and what may come of it.

    `play(runner, installation)` begins with a run that is open (or, `fresh`, with none) and nobody at work;
    it returns a word on what it did. `ends` are the states in which the run may end; `same` says that
    its products have to equal those of the undisturbed run. `alone`: it measures, and needs the machine for
    itself. `needs()` says why it cannot be played here.
    """

    name: str
    play: Callable
    on: tuple = BOTH
    times: int = 1
    provider: str = "builtin"
    keywords: int = 60
    fresh: bool = False
    ends: tuple = ("completed",)
    same: bool = True
    deletions: bool = False
    crashes: int = 3
    deadline: float = 300.0
    alone: bool = False
    env: dict = field(default_factory=dict)
    needs: Callable[[], str] = str

    def playing(self, play: Callable) -> "Scenario":
        """Return the same with another play: fewer kills, say."""
        return replace(self, play=play)


SCENARIOS: dict[str, Scenario] = {}
# every kind of paid request: outlines and texts are criticised, and a part is written again
ALL_CRITIQUES = "UPDATE site_settings SET outline_critique = 'always', text_critique = 'always'"


def scenario(**options):
    """Register a function in SCENARIOS under its name with dashes."""

    def enter(play):
        name = options.pop("name", play.__name__.replace("_", "-"))
        SCENARIOS[name] = Scenario(name, play, **options)
        return play

    return enter


@dataclass
class RoundResult:
    """What one disturbed run came to."""

    name: str
    did: str = ""
    state: str = ""
    ends: tuple = ("completed",)
    same: bool | None = None
    samples: int = 0
    snapshots: int = 0
    faults: int = 0
    extra: int | None = None
    bound: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    log: str = ""

    @property
    def is_good(self) -> bool:
        return self.state in self.ends and self.same is not False and not self.violations


class ScenarioRunner:
    """A corpus on a database, its undisturbed result, and the rounds that are played with it."""

    def __init__(
        self,
        folder: Path,
        keywords: int = 60,
        seed: int = 1,
        provider: str = "builtin",
        server: Postgres | None = None,
        redis: Redis | None = None,
        queue: str = "",
    ):
        self.folder, self.random, self.redis = folder, random.Random(seed), redis
        self.first = Installation(
            folder / "first",
            {
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", ""),
                "PYTHONPATH": str(ROOT),
                "IGNY8_DATA_DIR": str(folder / "first"),
                "IGNY8_SECRET_KEY": "only-for-the-tests-0123456789",
                "IGNY8_LOG_LEVEL": "WARNING",
                "IGNY8_API_RATE": "100000",  # who checks asks without a pause
                "CHAOS_PROVIDER": provider,
                "HUEY_URL": queue or (redis.url if redis else ""),
                **(DEMONSTRATION if provider == "demonstration" else {}),
            },
            server=server,
        )
        self.first.folder.mkdir(parents=True)
        if server is not None:
            server.run(f'CREATE DATABASE "{database_of(self.first.folder)}"')
            self.first.env["DATABASE_URL"] = server.url(database_of(self.first.folder))
        export = folder / "export.csv"
        write_export(str(export), keywords)
        self.first.run_command("import-keywords", SITE, str(export))
        self.first.create_observer()
        self.first.write(ALL_CRITIQUES)
        self.begun = self.first.copy(folder / "begun")
        self.begun.run_command("run", SITE)
        self.begun.check_cli_snapshot()
        self.rounds, self.total = 0, 0
        self.expected, self.calls = None, Counter()

    def run_undisturbed(self, deadline: float = 300.0) -> RoundResult:
        """Run once undisturbed, with web and workers in one process; its result is the reference."""
        result = self.play(Scenario("undisturbed", _in_peace, deadline=deadline))
        result.same = True
        return result

    def play(self, how: Scenario) -> RoundResult:
        """Play one round of a scenario; return what it came to."""
        self.rounds += 1
        installation = (self.first if how.fresh else self.begun).copy(
            self.folder / f"round-{self.rounds}"
        )
        installation.env |= how.env
        installation.allows_deletions, installation.max_crashes, installation.deadline = (
            how.deletions,
            how.crashes,
            how.deadline,
        )
        result, begun = RoundResult(how.name, ends=how.ends), time.monotonic()
        try:
            result.did = how.play(self, installation) or ""
            result.state = installation.sample_until_end()
            if how.play is _in_peace:
                self.expected, self.total, self.calls = (
                    installation.hash(),
                    installation.sample().processed,
                    installation.provider_calls(),
                )
                _compare(installation)
        except TimeoutError as late:
            installation.violations += [f"liveness: {late}", *installation.open_connections()]
        finally:
            installation.close()
        self._measure(result, installation, how)
        result.seconds = time.monotonic() - begun
        if result.is_good:
            installation.drop()
        return result

    def assert_survives(self, name: str, play: Callable | None = None) -> None:
        """Play a scenario (with another play, if one is given); raise AssertionError unless it ends well."""
        how = SCENARIOS[name]
        result = self.play(how if play is None else how.playing(play))
        assert result.is_good, result

    def _measure(self, result: RoundResult, installation: Installation, how: Scenario) -> None:
        if how.same:
            result.same = installation.hash() == self.expected
        if (
            how.same and how.provider == "demonstration" and self.calls
        ):  # else it is asked other things, too
            asked = installation.provider_calls()
            result.extra = sum(max(0, count - self.calls[what]) for what, count in asked.items())
            result.bound = installation.max_repeated_calls
            if result.extra > result.bound:
                installation.violations.append(
                    f"attempts: {result.extra} calls more than needed, {result.bound} may have been in flight"
                )
        if "DeadlockDetected" in installation.log():
            installation.violations.append("transactions waited for each other in a circle")
        result.samples, result.snapshots = installation.watcher.samples, installation.snapshots
        result.faults, result.violations = (
            installation.kills + installation.faults,
            sorted(set(installation.violations)),
        )
        result.log = "" if result.is_good else installation.log()[-3000:]


def _in_peace(runner: ScenarioRunner, installation: Installation) -> None:
    installation.start(*SERVE)


def _compare(installation: Installation) -> None:
    """Let page and command line show the snapshot of the ended run, and compare the two."""
    snapshot, by_http = installation.check_cli_snapshot(), installation.check_http_snapshot()
    if by_http is not None and _without_clocks(by_http) != _without_clocks(snapshot):
        installation.violations.append("HTTP and command line show different snapshots")


def _without_clocks(snapshot: dict) -> dict:
    """Return a snapshot without what goes on by itself from one second to the next."""
    return json.loads(json.dumps(snapshot | {"workers": None, "tag": None, "notice": None}))
