"""An installation with a run in its longest stage, and a web server that serves it."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from bench.corpus import write_export
from bench.fixture import ROOT
from bench.servers import candidates
from igny8.app import create_app
from igny8.config import load
from igny8.model_server_config import DEMONSTRATION
from tests import browser_client
from tests.servers import free_port
from tests.waiting import until

SITE, VIEWERS, KEYWORDS = "green", 1000, 2000
IGNY8 = [sys.executable, "-m", "igny8.cli"]
REQUEST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
START_S, STOP_S = 60.0, 40.0
REQUESTS = "SELECT sum(requests) FROM run_stage"


class Installation:
    """A folder with a site, its viewers, and a run that works on stage 4."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.env = os.environ | {
            "IGNY8_DATA_DIR": str(folder),
            "IGNY8_SECRET_KEY": "only-for-measuring-0123456789",
            "IGNY8_LOG_LEVEL": "WARNING",
            "IGNY8_AI_BASE_URL": DEMONSTRATION,
            "PYTHONPATH": str(ROOT),
        }

    def make(self) -> list[str]:
        """Fill the folder; return the cookies of the viewers."""
        self.folder.mkdir()
        export = self.folder.parent / "export.csv"
        write_export(str(export), KEYWORDS)
        self._run("import-keywords", SITE, str(export))
        self._write("UPDATE site_settings SET parallelism = 4, ideas_per_cluster = 5")
        self._run("run", SITE)
        with self.worker(latency_s=0.01):
            stage = "SELECT current_stage FROM automation_run"
            until(lambda: self.value(stage) == 4, 180, "stage 4", pause=0.05)
        return browser_client.crowd(create_app(load(self.env)), SITE, VIEWERS)

    def copy(self, folder: Path) -> "Installation":
        """Return the same installation in another folder."""
        shutil.copytree(self.folder, folder)
        return Installation(folder)

    @contextmanager
    def worker(self, latency_s: float) -> Iterator[None]:
        """Work on the run meanwhile, with a provider that takes so long to answer."""
        env = self.env | {"IGNY8_DEMO": f"latency={latency_s}"}
        words = [*IGNY8, "worker", "--workers", "4"]
        with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL) as process:
            try:
                yield
            finally:
                process.terminate()

    def pace(self, seconds: float) -> float:
        """Return the requests to the provider per second."""
        before, began = self.value(REQUESTS), time.monotonic()
        time.sleep(seconds)
        return (self.value(REQUESTS) - before) / (time.monotonic() - began)

    def change(self) -> None:
        """Give the run its next version."""
        self._write("UPDATE automation_run SET version = version + 1")

    def value(self, query: str) -> int:
        """Return the one value that a query finds."""
        with closing(self._connect()) as database:
            return database.execute(query).fetchone()[0]

    def _write(self, statement: str) -> None:
        with closing(self._connect()) as database:
            database.execute(statement)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "igny8.db", timeout=30, isolation_level=None)

    def _run(self, *words: str) -> None:
        subprocess.run([*IGNY8, *words], env=self.env, check=True, stdout=subprocess.DEVNULL)


class Server:
    """A candidate that serves an installation."""

    def __init__(self, name: str, place: Installation, checkout: Path = ROOT):
        self.port = free_port()
        self.log = place.folder / "server.log"
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = candidates.start(name, self.port, checkout, place.env, log)
        until(self._answers, START_S, f"an answer of {name}", pause=0.005)
        self.start_s = time.monotonic() - began

    def cpu(self) -> float:
        """Return the CPU seconds of all its processes."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def memory_mb(self) -> float:
        """Return the memory of all its processes, shared pages in proportion (PSS)."""
        return sum(process.memory_full_info().pss for process in self._processes()) / 2**20

    def stop(self) -> float:
        """Press Ctrl-C beside 50 open connections; return the seconds to the end."""
        with ExitStack() as stack:
            for _ in range(50):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))
                line.sendall(REQUEST)
                line.recv(1000)
            processes, began = self._processes(), time.monotonic()
            self.process.send_signal(signal.SIGINT)
            _, left = psutil.wait_procs(processes, STOP_S)
            took = time.monotonic() - began
        for process in left:
            process.kill()
        self.process.wait(10)
        return took

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(self.log.read_text()[-2000:])
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 2)) as line:
                line.sendall(REQUEST)
                return line.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
