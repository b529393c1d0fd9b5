"""The product as its user starts it: a process of its own on a free port, with its data in a folder."""

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from tests import door
from tests.conftest import SECRET, make_app
from tests.waiting import until


class Product:
    """One installation in a folder, served by a process of its own."""

    def __init__(self, folder):
        self.folder, self.process, self.address, self.link = folder, None, None, None
        self._cookie = None

    def start(self, port: int = 0, command: str = "serve") -> str:
        """Start the server, with workers or (`web`) without, and return its address."""
        environ = {**os.environ, "IGNY8_DATA_DIR": str(self.folder), "IGNY8_SECRET_KEY": SECRET}
        self.process = subprocess.Popen([sys.executable, "-m", "igny8.cli", command, "--port", str(port)],
                                        env=environ, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert "IGNY8 is ready: " in line, line
        self.address = line.split("IGNY8 is ready: ")[1].strip().rstrip("/")
        until(lambda: self._answers(), 20, "the first answer")
        if self._is_new():
            self.link = [self.process.stdout.readline() for _ in range(2)][1].strip()
        return self.address

    def cookies(self) -> list[dict]:
        """Return the cookies of an administrator's browser."""
        self._cookie = self._cookie or door.cookie(make_app(self.folder))
        name, value = self._cookie
        return [{"name": name, "value": value, "url": self.address}]

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> str:
        """End the server as Ctrl-C does; return what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=40)[0]

    def _is_new(self) -> bool:
        """Return whether nobody has an account yet, so that the console shows the link of the first one."""
        with closing(sqlite3.connect(f"file:{Path(self.folder, 'igny8.db')}?mode=ro", uri=True)) as file:
            return file.execute("SELECT count(*) FROM app_user").fetchone() == (0,)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False
