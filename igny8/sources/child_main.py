"""The child process of child.py: reads a file name and a file, writes text or error as JSON."""

import json
import sys
from contextlib import suppress

from igny8.errors import ExternalError
from igny8.sources.documents import read_document

with suppress(ImportError):  # there is none on Windows
    import resource

MAX_MEMORY_BYTES = 1024 * 1024 * 1024


def main() -> None:
    """Read the file from standard input; its name is the first line."""
    _limit_memory()
    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer = {"text": read_document(name.decode(), data)}
    except ExternalError as error:
        answer = {"error": str(error)}
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _limit_memory() -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
