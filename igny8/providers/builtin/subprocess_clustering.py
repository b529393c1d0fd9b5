"""Cluster in a process of its own: the pages stay quick meanwhile, and its memory is given back."""

import contextlib
import pickle  # between this process and its own child # nosec B403
import subprocess  # one command, made of nothing that came in # nosec B404
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from igny8.errors import ExternalError, Interrupted
from igny8.providers.base import (
    ClusterOptions,
    ClusterPlan,
    KnownCluster,
    Phrase,
    Vectors,
    ignore_progress,
)

# run by its path, so that it need not load the packages that it lies in
SCRIPT = Path(__file__).resolve().parent / "clustering" / "__main__.py"
ANSWER = b"=\n"  # the line before the answer; those before it say how far the grouping is
TIMEOUT_S = 1800.0
_children: set[subprocess.Popen] = set()
_interrupted: set[subprocess.Popen] = set()


def cluster_in_subprocess(
    phrases: tuple[Phrase, ...],
    known: tuple[KnownCluster, ...],
    options: ClusterOptions,
    report_progress: Callable[[float], None] = ignore_progress,
    vectors: Vectors | None = None,
) -> ClusterPlan:
    """Return the cluster plan, computed in a child process of this Python.

    `report_progress` is called with the share of the work that is done, 0 … 1. `vectors` replace
    the built-in ones.

    Raises ExternalError when the child ends without an answer (killed, out of memory) or takes
    longer than half an hour; the last line that it wrote is the reason. Raises Interrupted when
    interrupt() was called meanwhile.
    """
    with tempfile.TemporaryFile() as said:
        try:
            child = subprocess.Popen(  # no shell, a fixed command # nosec B603
                [sys.executable, "-P", str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except OSError as error:
            raise ExternalError(
                f"grouping could not be started: {error.strerror}", kind="memory"
            ) from error
        _children.add(child)
        late = threading.Timer(TIMEOUT_S, child.kill)
        late.daemon = True
        late.start()
        try:
            answer = _exchange(
                child, pickle.dumps((phrases, known, options, vectors)), report_progress
            )
        finally:
            is_late = late.finished.is_set()
            late.cancel()
            _children.discard(child)
        if child in _interrupted:
            _interrupted.discard(child)
            raise Interrupted("grouping was stopped because the product stops")
        if child.returncode == 0:
            return pickle.loads(answer)  # written by the child process # nosec B301
        if is_late:
            raise ExternalError(
                f"grouping took longer than {TIMEOUT_S / 60:.0f} minutes", kind="timeout"
            )
        said.seek(0)
        words = said.read().decode(errors="replace").strip().splitlines() or [
            f"exit code {child.returncode}"
        ]
    raise ExternalError(
        f"grouping stopped: {words[-1][:300]}", kind="memory" if child.returncode < 0 else "bug"
    )


def interrupt() -> None:
    """End the groupings that are being made; each raises Interrupted where it was asked for."""
    for child in list(_children):
        _interrupted.add(child)
        child.kill()


def _exchange(
    child: subprocess.Popen, question: bytes, report_progress: Callable[[float], None]
) -> bytes:
    """Return what the child answers. Its input stays open till then: it ends with its parent."""
    with child.stdin, child.stdout:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(question)
            child.stdin.flush()
        for line in iter(child.stdout.readline, b""):
            if line == ANSWER:
                break
            report_progress(float(line))
        answer = child.stdout.read()
        child.wait()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    return answer
