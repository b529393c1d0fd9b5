"""Real processes, killed on purpose: start, sample, kill -9, start again, compare with the undisturbed.

Every process is known by its own pid; data lives in a folder of its own; every random choice comes
from a seed that is printed.
"""

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.corpus import write_export
from tests.chaos import checker
from tests.servers import Postgres, free_port
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SITE = "green"
POINTS = ("begun", "claimed", "asked", "answered", "settling", "settled", "advanced")
PAID = ("reserved", "sent", "kept")
DEADLINE = 60.0
PAUSE = 0.025  # between two samples, so that the watched have the processors
DEMONSTRATION = {"IGNY8_AI_BASE_URL": "demonstration", "IGNY8_DEMO": "latency=0.01"}
ENDED = ("completed", "completed_with_errors", "nothing_to_do", "cancelled", "failed")


@dataclass
class World:
    """One installation in a folder, the processes that run on it, and what was seen of it."""

    folder: Path
    env: dict
    watcher: checker.Watcher = field(default_factory=checker.Watcher)
    broken: list[str] = field(default_factory=list)
    pictures: int = 0
    kills: int = 0
    port: int | None = None
    processes: list = field(default_factory=list)
    deletions: bool = False
    server: Postgres | None = None
    token: str = ""

    @property
    def file(self) -> Path | str:
        """Return where the database is: a path, or an address."""
        return self.env.get("DATABASE_URL") or self.folder / "igny8.db"

    @property
    def images(self) -> Path:
        return self.folder / "images"

    def command(self, *words: str, typed: str = "", **more: str) -> subprocess.CompletedProcess:
        """Run an igny8 command to its end."""
        return subprocess.run(_words(words), env=self._env(more), cwd=ROOT, timeout=DEADLINE, check=False,
                              capture_output=True, text=True, input=typed)

    def must(self, *words: str, typed: str = "") -> str:
        """Run an igny8 command that has to succeed; return what it printed."""
        done = self.command(*words, typed=typed)
        if done.returncode:
            raise RuntimeError(f"igny8 {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self, *words: str, **more: str) -> subprocess.Popen:
        """Start an igny8 process that stays, and remember it."""
        if words[0] in ("web", "serve"):
            self.port = self.port or free_port()
            words = (*words, "--port", str(self.port))
        with open(self.folder / f"{words[0]}.log", "ab") as log:
            process = subprocess.Popen(_words(words), env=self._env(more), cwd=ROOT, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen) -> None:
        """Kill a process as a power cut would, and see that it is gone."""
        process.kill()
        process.wait(DEADLINE)
        self.kills += 1
        self.processes.remove(process)

    def close(self) -> None:
        """End what is still running, by its pid."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)
        self.processes.clear()

    def look(self) -> checker.Sample:
        """Take a sample and note what is broken in it."""
        sample = checker.take(self.file, deletions=self.deletions)
        self.broken += self.watcher.see(sample)
        return sample

    def enter(self) -> None:
        """Make an account for who looks from outside, and a token to look with."""
        self.must("create-user", "observer", "--admin", "--password-stdin", typed="looking over the garden fence\n")
        self.token = self.must("create-token", "observer", "--scope", "run").strip()

    def ask(self, address: str, method: str = "GET", timeout: float = 5) -> dict | None:
        """Ask the API of the web process; None when it refused, or died before it answered."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/{address}", method=method,
                                       headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(asked, timeout=timeout) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def look_by_http(self) -> dict | None:
        """Ask the web process for the snapshot and check it; None while it does not answer."""
        picture = self.ask(f"automation/run_progress/?site_id={SITE}")
        if picture is None:
            return None
        self.pictures += 1
        self.broken += checker.check_picture(picture)
        return picture

    def look_by_command(self) -> dict:
        """Ask the command line for the snapshot and check it."""
        picture = json.loads(self.must("status", SITE, "--json"))
        self.pictures += 1
        self.broken += checker.check_picture(picture)
        return picture

    def post(self, verb: str) -> dict | None:
        """Click: POST a verb to the web process; None when it refused, or died before it answered."""
        return self.ask(f"automation/{verb}/?site_id={SITE}", "POST", timeout=10)

    def wait_for_web(self) -> None:
        """Wait until the web process answers."""
        until(self.look_by_http, DEADLINE, "an answer of the web process")

    def watch(self, true_at_last: Callable[[checker.Sample], bool], what: str) -> checker.Sample:
        """Sample again and again until the answer is yes; the last sample."""
        def see():
            sample = self.look()
            if self.port is not None and self.watcher.samples % 5 == 0:
                self.look_by_http()
            return sample if true_at_last(sample) else None
        return until(see, DEADLINE, what, PAUSE)

    def watch_to_the_end(self) -> str:
        """Sample until the run has ended; return its state. The files must be there then."""
        sample = self.watch(lambda s: s.latest is not None and s.latest["state"] in ENDED, "the end of the run")
        self.broken += [line for line in checker.check(self.file, images=self.images, deletions=self.deletions)
                        if line not in self.broken]
        return sample.latest["state"]

    def hash(self) -> str:
        """Return the hash of all that was made, files included."""
        return checker.product_hash(self.file, self.images)

    def copy(self, folder: Path) -> "World":
        """Return another world that begins as this one is; nothing may run in this one."""
        shutil.copytree(self.folder, folder)
        env = self.env | {"IGNY8_DATA_DIR": str(folder)}
        if self.server is not None:
            name, origin = _database(folder), _database(self.folder)
            self.server.run(f'CREATE DATABASE "{name}" TEMPLATE "{origin}" STRATEGY file_copy')
            env["DATABASE_URL"] = self.server.url(name)
        return World(folder, env, server=self.server, token=self.token)

    def _env(self, more: dict) -> dict:
        return self.env | {name: value for name, value in more.items() if value}


@dataclass
class Round:
    """What one disturbed run came to."""

    name: str
    state: str
    same: bool
    samples: int
    pictures: int
    kills: int
    broken: list[str]

    @property
    def is_good(self) -> bool:
        return self.state == "completed" and self.same and not self.broken


class Chaos:
    """A corpus, its undisturbed result, and the ways to disturb it."""

    def __init__(self, folder: Path, keywords: int = 60, seed: int = 1, provider: str = "fake",
                 server: Postgres | None = None, queue: str = ""):
        self.folder, self.random = folder, random.Random(seed)
        self.first = World(folder / "first", {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", ""), "PYTHONPATH": str(ROOT),
            "IGNY8_DATA_DIR": str(folder / "first"), "IGNY8_SECRET_KEY": "only-for-the-tests-0123456789",
            "IGNY8_LOG": "WARNING", "CHAOS_PROVIDER": provider, "HUEY_URL": queue,
            **(DEMONSTRATION if provider == "demonstration" else {})}, server=server)
        self.first.folder.mkdir(parents=True)
        if server is not None:
            server.run(f'CREATE DATABASE "{_database(self.first.folder)}"')
            self.first.env["DATABASE_URL"] = server.url(_database(self.first.folder))
        export = folder / "export.csv"
        write_export(str(export), keywords)
        self.first.must("import-keywords", SITE, str(export))
        self.first.enter()
        self.begun = self.first.copy(folder / "begun")
        self.begun.must("run", SITE)
        self.begun.look_by_command()
        self.rounds = 0
        self.expected, self.total, self.undisturbed = None, 0, None

    def run_undisturbed(self) -> Round:
        """Run once in peace, with web and workers in one process; its result is the measure."""
        world = self._world(self.begun)
        world.start("serve", "--workers", "2")
        try:
            state = world.watch_to_the_end()
            picture = world.look_by_command()
            if world.look_by_http() is not None:
                by_http = world.look_by_http()
                if without_clocks(by_http) != without_clocks(picture):
                    world.broken.append("HTTP and command line show different pictures")
        finally:
            world.close()
        self.expected, self.total = world.hash(), world.look().processed
        return self._result("undisturbed", world, state)

    def kill_at_random(self, who: str, times: int = 2) -> Round:
        """Kill `who` (worker, serve, web, both) at random instants of a run, and start it again."""
        world = self._world(self.begun)
        crew = {"worker": [("worker", "--workers", "2")], "serve": [("serve", "--workers", "2")],
                "web": [("web",), ("worker", "--workers", "2")],
                "both": [("web",), ("worker", "--workers", "2")]}[who]
        instants = sorted(self.random.uniform(0, 0.97) for _ in range(times))
        try:
            running = {words[0]: world.start(*words) for words in crew}
            for instant in instants:
                target, extra = instant * self.total, self.random.randrange(4)
                looks = [0]

                def reached(sample, target=target, extra=extra, looks=looks):
                    looks[0] += sample.processed >= target
                    return looks[0] > extra or sample.latest["state"] in ENDED
                world.watch(reached, f"item {target:.0f}")
                for words in crew:
                    if who != "web" or words[0] == "web":
                        world.kill(running[words[0]])
                world.look()
                for words in crew:
                    if who != "web" or words[0] == "web":
                        running[words[0]] = world.start(*words)
            state = world.watch_to_the_end()
        finally:
            world.close()
        where = ", ".join(f"{100 * instant:.0f} %" for instant in instants)
        return self._result(f"kill -9 {who} at {where}", world, state)

    def kill_at_point(self, point: str, count: int = 1, mutant: str = "") -> Round:
        """Let a worker die at a fault point, and start it again without the fault.

        With a mutant the protocol is broken on purpose, and it is enough to see what it did.
        """
        fault = f"{point}:{count}"
        world = self._world(self.first if point == "begun" else self.begun)
        try:
            if point == "begun":
                world.command("run", SITE, IGNY8_FAULT=point)
                world.kills += 1
            else:
                process = world.start("worker", "--workers", "2", IGNY8_FAULT=fault, CHAOS_MUTANT=mutant)
                world.watch(lambda s: process.poll() is not None or s.latest["state"] in ENDED, f"death at {fault}")
                if process.poll() == -signal.SIGKILL:
                    world.kills += 1
                    world.processes.remove(process)
            state = world.look().latest["state"]
            if not mutant:
                world.start("worker", "--workers", "2")
                state = world.watch_to_the_end()
        finally:
            world.close()
        result = self._result(f"dies at {fault}", world, state)
        if not world.kills:
            result.broken.append(f"nobody died at {fault}")
        return result

    def freeze(self) -> Round:
        """Stop a worker's process for longer than the sweep waits, let another take over, thaw it."""
        world = self._world(self.begun)
        try:
            frozen = world.start("worker", "--workers", "2", CHAOS_STALE="1.5")
            target = self.random.uniform(0.05, 0.6) * self.total
            world.watch(lambda s: s.processed >= target, "some work")
            until(lambda: _freeze(world, frozen), DEADLINE, "a frost outside of every transaction")
            world.start("worker", "--workers", "2", CHAOS_STALE="1.5")
            before = world.look().processed
            world.watch(lambda s: s.processed > before or s.latest["state"] in ENDED, "the other one's work")
            frozen.send_signal(signal.SIGCONT)
            world.kills += 1
            state = world.watch_to_the_end()
        finally:
            world.close()
        return self._result(f"frozen at item {target:.0f}", world, state)

    def restart_database(self, times: int = 1) -> Round:
        """Let PostgreSQL crash (immediate stop) in mid-run and come back; web and worker stay."""
        world = self._world(self.begun)
        try:
            for words in (("web",), ("worker", "--workers", "2")):
                world.start(*words)
            for turn in range(1, times + 1):
                target = turn * self.total / (times + 1)
                world.watch(lambda s, target=target: s.processed >= target or s.latest["state"] in ENDED, "some work")
                world.server.stop(signal.SIGQUIT)
                world.server.start()
                world.kills += 1
            state = world.watch_to_the_end()
        finally:
            world.close()
        return self._result(f"{times} immediate restarts of PostgreSQL", world, state)

    def lose_queue(self, redis) -> Round:
        """Stop the queue's server in mid-run, begin nothing anew, and start it, empty, later."""
        world = self._world(self.begun)
        try:
            world.start("serve", "--workers", "2")
            world.watch(lambda s: s.processed >= 0.2 * self.total, "some work")
            redis.stop()
            world.kills += 1
            world.watch(lambda s: s.processed >= 0.7 * self.total or s.latest["state"] in ENDED, "work without a queue")
            redis.start()
            state = world.watch_to_the_end()
        finally:
            world.close()
        return self._result("queue lost and found empty", world, state)

    def ask_to_stop(self) -> Round:
        """Send SIGTERM in the middle of the work; it ends by itself, and the next start goes on."""
        world = self._world(self.begun)
        try:
            process = world.start("serve", "--workers", "2")
            target = self.random.uniform(0.1, 0.9) * self.total
            world.watch(lambda s: s.processed >= target, "some work")
            process.terminate()
            world.watch(lambda s: process.poll() is not None, "a clean stop")
            sample = world.look()
            if process.returncode:
                world.broken.append(f"SIGTERM ended with {process.returncode}")
            if any(s["active"] for s in sample.stages.values()):
                world.broken.append("P12 something is still active after a clean stop")
            log = (world.folder / "serve.log").read_text()
            if "Traceback" in log:
                world.broken.append("P12 a traceback in the log: " + log[-600:])
            world.processes.remove(process)
            world.start("serve", "--workers", "2")
            state = world.watch_to_the_end()
        finally:
            world.close()
        return self._result(f"SIGTERM at item {target:.0f}", world, state)

    def kill_web_in_a_click(self, verb: str, point: str) -> Round:
        """Let the web process die while it answers a click; the click counts once, or not at all."""
        world = self._world(self.first if verb == "run_now" else self.begun)
        try:
            web = world.start("web", IGNY8_FAULT=point)
            world.wait_for_web()
            answer = world.post(verb)
            if answer is not None:
                world.broken.append(f"the web process answered {answer} and did not die at {point}")
            world.watch(lambda s: web.poll() is not None, f"death of the web process at {point}")
            world.processes.remove(web)
            world.kills += 1
            world.start("serve", "--workers", "2")
            world.wait_for_web()
            if verb == "pause":
                world.watch(lambda s: s.latest["state"] == "paused", "the pause")
                world.post("resume")
            state = world.watch_to_the_end()
        finally:
            world.close()
        return self._result(f"web dies at {point} in {verb}", world, state)

    def click_at_random(self, kills: int = 1) -> Round:
        """Click run now, pause and resume at random while the process is killed; then let it end."""
        world = self._world(self.begun)
        clicks, left = 0, 120
        try:
            process = world.start("serve", "--workers", "2")
            world.wait_for_web()
            at = sorted(self.random.sample(range(left - 24, left), kills))
            while left and world.look().latest["state"] not in ENDED:
                left -= 1
                clicks += world.post(self.random.choice(("run_now", "pause", "resume", "resume"))) is not None
                if at and left <= at[-1]:
                    at.pop()
                    world.kill(process)
                    process = world.start("serve", "--workers", "2")
                    world.wait_for_web()
            world.post("resume")
            state = world.watch_to_the_end()
            if len(world.look().runs) != 1:
                world.broken.append(f"I1 {len(world.look().runs)} runs out of clicks on one that was open")
        finally:
            world.close()
        return self._result(f"{clicks} clicks and a kill -9", world, state)

    def _world(self, origin: World) -> World:
        self.rounds += 1
        return origin.copy(self.folder / f"round-{self.rounds}")

    def _result(self, name: str, world: World, state: str) -> Round:
        return Round(name, state, world.hash() == self.expected, world.watcher.samples, world.pictures,
                     world.kills, sorted(set(world.broken)))


def _database(folder: Path) -> str:
    """Return the name of the PostgreSQL database that belongs to a folder."""
    return f"{folder.parent.name}_{folder.name}".replace("-", "_").lower()


def _freeze(world: World, process: subprocess.Popen) -> bool:
    """Stop a process; False, and it goes on, when it holds a lock: in SQLite all would wait for it."""
    process.send_signal(signal.SIGSTOP)
    if world.server is not None:
        return True  # a frozen transaction ends when its row locks are in the way: idle_in_transaction
    for name in ("igny8.db", "huey.db"):
        try:
            with closing(sqlite3.connect(world.folder / name, timeout=0.2, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
    return True


def without_clocks(picture: dict) -> dict:
    """Return a snapshot without what goes on by itself from one second to the next."""
    return json.loads(json.dumps(picture | {"workers": None, "tag": None, "notice": None}))


def _words(words) -> list[str]:
    return [sys.executable, "-m", "tests.chaos.launch", *words]
