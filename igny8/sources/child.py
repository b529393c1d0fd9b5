"""Read a file in a child process, so that a broken or hostile one cannot harm this one."""

import json
import subprocess  # one command, made of nothing that came in # nosec B404
import sys
import threading
from pathlib import Path

from igny8.errors import ExternalError

TIMEOUT_S = 60.0
MAX_CHILDREN = 2  # at once, of this process
# The child loads this package, whatever is installed or lies in the working folder.
ROOT = str(Path(__file__).resolve().parents[2])
CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from igny8.sources.child_main import main; main()"
)
_slots = threading.BoundedSemaphore(MAX_CHILDREN)
COMMAND = (sys.executable, "-P", "-c", CODE, ROOT)


def read_file(name: str, data: bytes, timeout_s: float = TIMEOUT_S) -> str:
    """Return the text of a file; raise ExternalError with the reason if it cannot be read."""
    sent = " ".join(name.split()).encode("utf-8", "replace") + b"\n" + data
    try:
        with _slots:
            done = subprocess.run(  # no shell, a fixed command # nosec B603
                COMMAND, input=sent, capture_output=True, timeout=timeout_s, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise ExternalError(
            f"Reading the file took longer than {timeout_s:.0f} seconds. Divide it, or paste its "
            "text.",
            kind="timeout",
            permanent=True,
        ) from error
    if done.returncode != 0:
        raise ExternalError(
            "The file is broken and cannot be read. Save it again, or paste its text.",
            kind="bad_file",
            permanent=True,
        )
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise ExternalError(answer["error"], kind="bad_file", permanent=True)
    text: str = answer["text"]
    return text.encode("utf-8", "replace").decode().replace("\0", "")
