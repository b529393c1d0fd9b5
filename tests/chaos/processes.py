"""Start real processes fast: forked from one that has loaded igny8, or as a new Python."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

from tests.chaos import launch

ROOT = Path(__file__).resolve().parents[2]
FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(["tests.chaos.launch"])


class Slots:
    """A process that knows how many claims it works on at once."""

    words: tuple

    @property
    def slots(self) -> int:
        return (
            int(self.words[self.words.index("--workers") + 1]) if "--workers" in self.words else 0
        )


class Forked(Slots):
    """A process forked for us, with what is needed of subprocess.Popen; a signal that killed it is negative."""

    def __init__(
        self, words: tuple, env: dict, log: Path, typed: str = "", err: Path | None = None
    ):
        self.words = words
        self._process = FORK_SERVER.Process(
            target=launch.begin, args=(words, env, str(log), str(err or log), typed)
        )
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """Return the exit code, None while it lives."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Return its exit code when it has ended; raise TimeoutError when it does not."""
        self._process.join(seconds)
        if self.poll() is None:
            raise TimeoutError(f"{' '.join(self.words)} did not end in {seconds:g} s")
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Started(Slots, subprocess.Popen):
    """The same, as a new Python: within a prefix (a network namespace), or with libraries of its own."""

    def __init__(self, words: tuple, env: dict, log: Path, within: tuple = ()):
        self.words = words
        with open(log, "ab") as file:
            super().__init__(
                [*within, sys.executable, "-m", "tests.chaos.launch", *words],
                env=env,
                cwd=ROOT,
                stdout=file,
                stderr=file,
            )

    def wait(self, seconds: float) -> int:
        """Return its exit code when it has ended; raise TimeoutError when it does not."""
        try:
            return super().wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(str(late)) from late
