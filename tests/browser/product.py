"""The product as its user starts it: a process of its own on a free port, with its data in a folder."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from igny8 import config
from igny8.app import create_app
from tests import browser_client
from tests.conftest import SECRET
from tests.waiting import until


class Product:
    """An installation in a folder, served by a process of its own."""

    who = browser_client.NAME

    def __init__(self, folder, **environ):
        self.folder, self.process, self.address, self.link = folder, None, None, None
        self._cookie: tuple[str, str] | None = None
        self.environ = {"IGNY8_DATA_DIR": str(folder), "IGNY8_SECRET_KEY": SECRET, **environ}

    @property
    def log(self):
        """Return where its log goes: to ours."""
        return None

    def start(self, port: int = 0, command: str = "serve") -> str:
        """Start the server, with workers or (`web`) without, and return its address."""
        environ = {**os.environ, **self.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "igny8.cli", command, "--port", str(port)],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        said = [self.process.stdout.readline()]
        while said[-1] and "IGNY8 is ready: " not in said[-1]:
            said.append(self.process.stdout.readline())
        line = said[-1]
        assert line, said
        self.link = next(
            (word for one in said for word in one.split() if "/setup?token=" in word), None
        )
        self.address = line.split("IGNY8 is ready: ")[1].strip().rstrip("/")
        until(lambda: self._answers(), 20, "the first answer")
        return self.address

    def cookies(self) -> list[dict]:
        """Return the cookies of an administrator's browser."""
        if self._cookie is None:
            self._cookie = browser_client.cookie(create_app(config.load(self.environ)), self.who)
        name, value = self._cookie
        return [{"name": name, "value": value, "url": self.address}]

    def kill(self) -> None:
        """Kill the server."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> str:
        """Stop the server like Ctrl-C; return its last output."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=40)[0]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False
