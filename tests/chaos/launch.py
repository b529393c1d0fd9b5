"""Start igny8's command line as a process of its own, with a log of calls, a fault or a bug on request.

`python -m tests.chaos.launch worker --workers 2` is `igny8 worker --workers 2`, except that

CHAOS_CALLS=file       the demonstration provider writes down each request, one line, when it is asked
CHAOS_MUTANT=name      breaks the protocol on purpose (tests/chaos/mutants.py)
CHAOS_STALE=seconds    gives back what stands still after so long, and beats and is cut off accordingly soon
CHAOS_PUBLISHING=seconds a claim of a publication, a lost answer and a retry last only so long
CHAOS_APPROVALS=seconds looks so often for what is approved by rule
CHAOS_FREEZE=yes        freezes at the fault point instead of dying
CHAOS_CRASHES=times    sets an item aside only after so many deaths
CHAOS_TIMEOUT=seconds waits for an answer of a model server only so long
CHAOS_POISON=write     whoever writes dies of one of the texts
"""

import os
import signal
import sys
from pathlib import Path

from igny8 import cli, extensions, jobs
from igny8.engine import claim_lease, fault_injection
from igny8.engine.publications import lost_answers
from igny8.engine.publications import worker as publication_worker
from igny8.engine.work import heartbeat, recovery
from igny8.outbound import http_client
from igny8.providers.builtin.provider import BuiltIn
from igny8.providers.demo import Demo
from tests.chaos import mutants


def main() -> None:
    """Break and replace what the environment asks for, then be igny8."""
    if os.environ.get("CHAOS_CALLS"):
        Demo._behave = written_down(os.environ["CHAOS_CALLS"], Demo._behave)
    if os.environ.get("CHAOS_POISON"):
        for engine in (BuiltIn, Demo):
            engine.write = deadly(engine.write, Path(os.environ["IGNY8_DATA_DIR"], "poison"))
    if os.environ.get("CHAOS_STALE"):
        recovery.STALE_AFTER_S = float(os.environ["CHAOS_STALE"])
        interval = recovery.STALE_AFTER_S / 6
        heartbeat.HEARTBEAT_INTERVAL_S = jobs.HEARTBEAT_INTERVAL_S = interval
        extensions.STALL_TIMEOUT_S = max(1, round(recovery.STALE_AFTER_S / 3))
    if os.environ.get("CHAOS_PUBLISHING"):
        hurry_publishing(float(os.environ["CHAOS_PUBLISHING"]))
    if os.environ.get("CHAOS_APPROVALS"):
        jobs.APPROVAL_POLL_INTERVAL_S = float(os.environ["CHAOS_APPROVALS"])
    if os.environ.get("CHAOS_FREEZE"):
        fault_injection.FAULT_SIGNAL = signal.SIGSTOP
    if os.environ.get("CHAOS_TIMEOUT"):
        http_client.REQUEST_DEADLINE_S = float(
            os.environ["CHAOS_TIMEOUT"]
        )  # its client is loaded later, when it is first needed
    if os.environ.get("CHAOS_CRASHES"):
        recovery.MAX_CRASHES = int(os.environ["CHAOS_CRASHES"])
    if os.environ.get("CHAOS_MUTANT"):
        mutants.MUTANTS[os.environ["CHAOS_MUTANT"]](setattr)
    cli.main()


def hurry_publishing(seconds: float) -> None:
    """Shorten the waits of publishing, and let it try as often as it takes."""
    claim_lease.LEASE_S, claim_lease.HEARTBEAT_INTERVAL_S = seconds * 5, seconds
    lost_answers.SETTLE_S = seconds * 3
    publication_worker.MAX_ATTEMPTS = 1000
    publication_worker.AUTH_PAUSE_S = seconds
    publication_worker.retry_delay = lambda attempts, after=None: seconds
    jobs.PUBLISH_POLL_INTERVAL_S = seconds / 2


def begin(words: tuple, env: dict, out: str, err: str, typed: str) -> None:
    """Run igny8 in a forked process with this environment, output files and standard input."""
    os.environ.clear()
    os.environ.update(env)
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), stream)
    hears, says = os.pipe()
    os.write(says, typed.encode())
    os.close(says)
    os.dup2(hears, 0)
    sys.stdin = os.fdopen(0)
    sys.argv = ["igny8", *words]
    main()


def written_down(path: str, behave):
    """Return the behaviour that first writes down what is asked: whole lines, whoever writes at once."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def told(self, name, about):
        os.write(log, f"{name} {about}\n".encode())
        return behave(self, name, about)

    return told


def deadly(write, poison: Path):
    """Return a writer that dies of one text: the first that anybody begins, whose address is written down."""

    def die_or_write(self, assignment, *more):
        try:
            with poison.open("x") as file:
                file.write(assignment.slug)
        except FileExistsError:
            pass  # it is known which one
        if poison.read_text() == assignment.slug:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, assignment, *more)

    return die_or_write


if __name__ == "__main__":
    main()
