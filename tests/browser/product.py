"""The product as its user starts it: a process of its own on a free port, with its data in a folder."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from tests.waiting import until


class Product:
    """One installation in a folder, served by a process of its own."""

    def __init__(self, folder, **environ):
        self.folder, self.environ, self.process, self.address = folder, environ, None, None

    @property
    def log(self):
        """Return where its log goes: to ours."""
        return None

    def start(self, port: int = 0, command: str = "serve") -> str:
        """Start the server, with workers or (`web`) without, and return its address."""
        environ = {**os.environ, "IGNY8_DATA_DIR": str(self.folder), **self.environ}
        self.process = subprocess.Popen([sys.executable, "-m", "igny8.cli", command, "--port", str(port)],
                                        env=environ, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert "IGNY8 is ready: " in line, line
        self.address = line.split("IGNY8 is ready: ")[1].strip().rstrip("/")
        until(lambda: self._answers(), 20, "the first answer")
        return self.address

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> str:
        """End the server as Ctrl-C does; return what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=40)[0]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False
