"""Cluster in a child process, so that pages stay fast and its memory is freed afterwards."""

import contextlib
import pickle  # between this process and its own child # nosec B403
import subprocess  # one command, made of nothing that came in # nosec B404
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from igny8.errors import ExternalError, Interrupted
from igny8.providers.base import (
    ClusterOptions,
    ClusterPlan,
    ClusterReasons,
    KnownCluster,
    NearestPages,
    Phrase,
    Vectors,
    ignore_progress,
)

# run by its path, so that it need not load the packages that it lies in
SCRIPT = Path(__file__).resolve().parent / "clustering" / "__main__.py"
ANSWER = b"=\n"  # the line before the answer; earlier lines are progress values
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

    `report_progress` is called with the completed share, 0 … 1. `vectors` replace the built-in
    ones.

    Raises ExternalError if the child ends without an answer (killed, out of memory) or takes longer
    than half an hour; its last line of output is the reason. Raises Interrupted if interrupt() was
    called meanwhile.
    """
    question = (phrases, known, options, vectors)
    plan: ClusterPlan = _ask("cluster", question, report_progress)
    return plan


def nearest_in_subprocess(
    texts: tuple[str, ...],
    pages: tuple[tuple[str, ...], ...],
    language: str,
    report_progress: Callable[[float], None] = ignore_progress,
) -> NearestPages:
    """Return the most similar page (by its names) for each text, using a child process.

    Raises the same errors as cluster_in_subprocess.
    """
    found: NearestPages = _ask("nearest", (texts, pages, language), report_progress)
    return found


def explain_in_subprocess(texts: tuple[str, ...], language: str) -> ClusterReasons:
    """Return why keywords are in one cluster, using a child process.

    Raises the same errors as cluster_in_subprocess.
    """
    found: ClusterReasons = _ask("explain", (texts, language), ignore_progress)
    return found


def _ask(what: str, question: tuple, report_progress: Callable[[float], None]) -> Any:
    """Call a function of the package `clustering` in a child process and return its result."""
    with tempfile.TemporaryFile() as error_output:
        child = _start_child(error_output)
        pickled = pickle.dumps((what, question))
        answer, is_late = _answer_in_time(child, pickled, report_progress)
        if child in _interrupted:
            _interrupted.discard(child)
            raise Interrupted("grouping was stopped because the product stops")
        if child.returncode == 0:
            return pickle.loads(answer)  # written by the child process # nosec B301
        if is_late:
            raise ExternalError(
                f"grouping took longer than {TIMEOUT_S / 60:.0f} minutes", kind="timeout"
            )
        reason = _last_line(error_output) or f"exit code {child.returncode}"
    raise ExternalError(
        f"grouping stopped: {reason[:300]}", kind="memory" if child.returncode < 0 else "bug"
    )


def _start_child(error_output: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # no shell, a fixed command # nosec B603
            [sys.executable, "-P", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=error_output,
        )
    except OSError as error:
        raise ExternalError(
            f"grouping could not be started: {error.strerror}", kind="memory"
        ) from error


def _answer_in_time(
    child: subprocess.Popen[bytes], question: bytes, report_progress: Callable[[float], None]
) -> tuple[bytes, bool]:
    """Return (answer, whether the child was killed after the time limit)."""
    _children.add(child)
    timer = threading.Timer(TIMEOUT_S, child.kill)
    timer.daemon = True
    timer.start()
    try:
        answer = _exchange(child, question, report_progress)
    finally:
        is_late = timer.finished.is_set()
        timer.cancel()
        _children.discard(child)
    return answer, is_late


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def interrupt() -> None:
    """Stop running clusterings; their callers get Interrupted."""
    for child in list(_children):
        _interrupted.add(child)
        child.kill()


def _exchange(
    child: subprocess.Popen, question: bytes, report_progress: Callable[[float], None]
) -> bytes:
    """Send the question and return the child's answer; its input stays open until then."""
    to_child, from_child = child.stdin, child.stdout
    if to_child is None or from_child is None:
        raise ValueError("the child process has no pipes")
    with to_child, from_child:
        with contextlib.suppress(BrokenPipeError):
            to_child.write(question)
            to_child.flush()
        for line in iter(from_child.readline, b""):
            if line == ANSWER:
                break
            report_progress(float(line))
        answer = from_child.read()
        child.wait()
        with contextlib.suppress(BrokenPipeError):
            to_child.close()
    return answer
