"""igny8's commands as a user gives them: processes of their own, forked from one that has loaded igny8 already."""

import signal
import subprocess
import tempfile
from pathlib import Path

from tests.chaos.processes import Forked

SECONDS = 120.0


def igny8(*words: str, env: dict, typed: str = "") -> subprocess.CompletedProcess:
    """Return how a command ended and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = Forked(words, env, out, typed, err)
        try:
            code = process.wait(SECONDS)
        finally:
            process.send_signal(signal.SIGKILL)  # nothing, unless it did not end
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())
