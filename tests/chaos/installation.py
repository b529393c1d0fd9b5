"""An installation in a folder of its own, its real processes, and what the checker saw of it."""

import http.client
import json
import shutil
import signal
import sqlite3
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.chaos import checker
from tests.chaos.processes import Forked, Started
from tests.servers import Postgres, free_port
from tests.waiting import until

SITE, WHO, PASSWORD = "green", "observer", "looking over the garden fence"
DEADLINE = 60.0
PAUSE, COPIED = (
    0.025,
    0.15,
)  # between two samples, so that the watched have the processors; of a server it is a copy
ENDED = ("completed", "completed_with_errors", "nothing_to_do", "cancelled", "failed")
CONNECTIONS = (
    "SELECT pid, state, wait_event, 'waits for', pg_blocking_pids(pid), left(query, 100) "
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
WORKER, SERVE, WEB = ("worker", "--workers", "2"), ("serve", "--workers", "2"), ("web",)


@dataclass
class Installation:
    """One installation in a folder, the processes that run on it, and what was seen of it."""

    folder: Path
    env: dict
    watcher: checker.Watcher = field(default_factory=checker.Watcher)
    violations: list[str] = field(default_factory=list)
    snapshots: int = 0
    kills: int = 0
    max_repeated_calls: int = 0
    faults: int = 0
    port: int | None = None
    processes: list = field(default_factory=list)
    allows_deletions: bool = False
    max_crashes: int = 3
    deadline: float = 0.0
    has_trouble: bool = False
    server: Postgres | None = None
    token: str = ""

    @property
    def file(self) -> Path | str:
        """Return where the database is: a path, or an address."""
        return self.env.get("DATABASE_URL") or self.folder / "igny8.db"

    @property
    def database(self) -> str:
        """Return the name of its PostgreSQL database."""
        return database_of(self.folder)

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @property
    def has_worker(self) -> bool:
        """Return whether a process that works is there, and nothing around it is out of order."""
        return not self.has_trouble and any(
            p.poll() is None and p.words[0] in ("worker", "serve") for p in self.processes
        )

    def command(self, *words: str, typed: str = "", **more: str) -> tuple[int, str]:
        """Run an igny8 command to its end; return its exit code and what it said."""
        said = self.folder / "command.out"
        said.unlink(missing_ok=True)
        process = Forked(words, self._env(more), said, typed)
        try:
            return process.wait(DEADLINE), said.read_text()
        finally:
            process.send_signal(signal.SIGKILL)  # nothing, unless it did not end

    def run_command(self, *words: str, typed: str = "") -> str:
        """Run an igny8 command that has to succeed; return what it printed."""
        code, said = self.command(*words, typed=typed)
        if code:
            raise RuntimeError(f"igny8 {' '.join(words)}: {said}")
        return said

    def start(self, *words: str, within: tuple = (), **more: str) -> Forked | Started:
        """Start an igny8 process that stays, and remember it."""
        if words[0] in ("web", "serve"):
            self.port = self.port or free_port()
            words = (*words, "--port", str(self.port))
        env, log = self._env(more), self.folder / f"{words[0]}.log"
        is_apart = within or "LD_PRELOAD" in env
        process = Started(words, env, log, within) if is_apart else Forked(words, env, log)
        self.processes.append(process)
        return process

    def kill(self, process) -> None:
        """Kill a process and wait for its end."""
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE)
        self.note_death(process)

    def note_death(self, process) -> None:
        """Record the death of a process: its requests may be repeated and its items requeued."""
        self.processes.remove(process)
        self.note_loss(process)

    def note_loss(self, process=None) -> None:
        """Record that a process (a command if None) died or froze with this many active items."""
        self.kills += 1
        self.max_repeated_calls += process.slots if process else 0
        self.watcher.in_flight += process.slots if process else 0

    def note_disconnect(self) -> None:
        """Note that all are cut off from the database: a claim whose COMMIT was cut is known to nobody, and is
        given back by the sweep; no request is lost with it.
        """
        self.faults += 1
        self.watcher.in_flight += sum(process.slots for process in self.processes)

    def close(self) -> None:
        """End what is still running, by its pid."""
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except TimeoutError:
                process.send_signal(signal.SIGKILL)
                process.wait(15)
        self.processes.clear()

    def sample(self) -> checker.Sample:
        """Take a sample and record its violations."""
        sample = checker.take(self.file, deletions=self.allows_deletions, crashes=self.max_crashes)
        self.watcher.at_work = self.has_worker
        self.violations += self.watcher.see(sample)
        return sample

    def create_observer(self) -> None:
        """Make an account for who looks from outside, and a token to look with."""
        self.run_command("create-user", WHO, "--admin", "--password-stdin", typed=f"{PASSWORD}\n")
        self.token = self.run_command("create-token", WHO, "--scope", "run").strip()

    def request(self, address: str, method: str = "GET", timeout: float = 5) -> dict | None:
        """Ask the API of the web process; None when it refused, or died before it answered."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{address}",
            method=method,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=timeout) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def check_http_snapshot(self) -> dict | None:
        """Ask the web process for the snapshot and check it; None while it does not answer."""
        snapshot = self.request(f"automation/run_progress/?site_id={SITE}")
        if snapshot is None:
            return None
        self.snapshots += 1
        self.violations += checker.check_snapshot(snapshot)
        return snapshot

    def check_cli_snapshot(self) -> dict:
        """Ask the command line for the snapshot and check it."""
        snapshot = json.loads(self.run_command("status", SITE, "--json"))
        self.snapshots += 1
        self.violations += checker.check_snapshot(snapshot)
        return snapshot

    def post(self, verb: str) -> dict | None:
        """Click: POST a verb to the web process; None when it refused, or died before it answered."""
        return self.request(f"automation/{verb}/?site_id={SITE}", "POST", timeout=10)

    def wait_for_web(self) -> None:
        """Wait until the web process answers."""
        until(self.check_http_snapshot, DEADLINE, "an answer of the web process")

    def sample_until(
        self, true_at_last: Callable[[checker.Sample], bool], what: str
    ) -> checker.Sample:
        """Sample until the condition is met; return the last sample."""

        def see():
            sample = self.sample()
            if (
                self.port is not None
                and self.watcher.samples % (5 if self.server is None else 2) == 0
            ):
                self.check_http_snapshot()
            return sample if true_at_last(sample) else None

        return until(see, self.deadline or DEADLINE, what, PAUSE if self.server is None else COPIED)

    def sample_until_share(self, share: float, total: int, what: str = "") -> checker.Sample:
        """Sample until this share of all items is finished, or the run has ended."""
        return self.sample_until(
            lambda s: s.processed >= share * total or s.latest["state"] in ENDED,
            what or f"{100 * share:.0f} % of the items",
        )

    def sample_for(self, seconds: float) -> checker.Sample:
        """Sample for this many seconds; return the last sample."""
        end = time.monotonic() + seconds
        return self.sample_until(lambda s: time.monotonic() > end, "the end of a while")

    def sample_until_end(self) -> str:
        """Sample until the run has ended; return its state. The files must be there then."""
        sample = self.sample_until(
            lambda s: s.runs and all(r["state"] in ENDED for r in s.runs.values()),
            "the end of the run",
        )
        self.violations += [
            line
            for line in checker.check(
                self.file,
                images=self.images,
                deletions=self.allows_deletions,
                crashes=self.max_crashes,
            )
            if line not in self.violations
        ]
        return sample.latest["state"]

    def hash(self) -> str:
        """Return the hash of all that was made, files included."""
        return checker.product_hash(self.file, self.images)

    def write(self, statement: str) -> None:
        """Change the database from outside; as in the product, the runs are held first."""
        if self.server is not None:
            with psycopg.connect(self.file.replace("+psycopg", "")) as db:
                db.execute("SELECT id FROM automation_run FOR UPDATE")
                db.execute(statement)
            return
        with closing(sqlite3.connect(self.file, timeout=30, isolation_level=None)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("BEGIN IMMEDIATE")
            db.execute(statement)
            db.execute("COMMIT")

    def open_connections(self) -> list[str]:
        """Return what each connection to a PostgreSQL database does, and for whom it waits."""
        if self.server is None:
            return []
        try:
            with psycopg.connect(self.file.replace("+psycopg", ""), connect_timeout=5) as db:
                return [" ".join(map(str, row)) for row in db.execute(CONNECTIONS)]
        except psycopg.OperationalError as error:
            return [f"the database does not answer: {error}"]

    def fetch_value(self, query: str):
        """Return the one value that a query finds."""
        with checker.looking_at(self.file) as db:
            return db.execute(query).fetchone()[0]

    def rows(self, query: str) -> list[tuple]:
        """Return the rows that a query finds."""
        with checker.looking_at(self.file) as db:
            return [tuple(row) for row in db.execute(query)]

    def wait_for(self, seconds: float) -> None:
        """Let time pass without looking."""
        end = time.monotonic() + seconds
        until(lambda: time.monotonic() > end, seconds + 5, "the end of a rest", 0.1)

    def provider_calls(self) -> Counter:
        """Return what the provider was asked, and how often, as it wrote it down itself."""
        log = self.folder / "calls.log"
        return Counter(log.read_text().splitlines()) if log.exists() else Counter()

    def log(self) -> str:
        """Return what the processes wrote on standard error."""
        return "".join(
            path.read_text(errors="replace")
            for path in sorted(self.folder.glob("*.log"))
            if path.name != "calls.log"
        )

    def copy(self, folder: Path) -> "Installation":
        """Return another installation that begins as this one is; nothing may run in this one."""
        shutil.copytree(self.folder, folder)
        return self._in(folder, f'TEMPLATE "{database_of(self.folder)}" STRATEGY file_copy')

    def empty_copy(self, folder: Path) -> "Installation":
        """Return another installation of the same kind in which nothing is yet."""
        folder.mkdir()
        return self._in(folder)

    def _in(self, folder: Path, made: str = "") -> "Installation":
        env = self.env | {"IGNY8_DATA_DIR": str(folder), "CHAOS_CALLS": str(folder / "calls.log")}
        if self.server is not None:
            self.server.run(f'CREATE DATABASE "{database_of(folder)}" {made}')
            env["DATABASE_URL"] = self.server.url(database_of(folder))
        return Installation(folder, env, server=self.server, token=self.token)

    def drop(self) -> None:
        """Take it away; nothing may run in it."""
        if self.server is not None:
            self.server.run(f'DROP DATABASE "{database_of(self.folder)}" WITH (FORCE)')
        shutil.rmtree(self.folder)

    def _env(self, more: dict) -> dict:
        return self.env | {name: value for name, value in more.items() if value}


def database_of(folder: Path) -> str:
    """Return the name of the PostgreSQL database that belongs to a folder."""
    return f"{folder.parent.name}_{folder.name}".replace("-", "_").lower()
