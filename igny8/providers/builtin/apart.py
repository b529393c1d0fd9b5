"""Cluster in a process of its own: the pages stay quick meanwhile, and its memory is given back."""

import pickle
import subprocess
import sys

from igny8.errors import OutsideError
from igny8.providers.base import ClusterOptions, ClusterPlan, KnownCluster, Phrase

MODULE = "igny8.providers.builtin.clustering"
LONGEST = 1800.0


def cluster_apart(phrases: tuple[Phrase, ...], known: tuple[KnownCluster, ...],
                  options: ClusterOptions) -> ClusterPlan:
    """Return the plan that the clustering room makes, made by a child process of this Python.

    Raises OutsideError when the child ends without an answer (killed, out of memory) or takes
    longer than half an hour; the last line that it wrote is the reason.
    """
    question = pickle.dumps((phrases, known, options))
    try:
        child = subprocess.run([sys.executable, "-m", MODULE], input=question, capture_output=True,  # noqa: S603
                               timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"grouping took longer than {LONGEST / 60:.0f} minutes", kind="timeout") from error
    except OSError as error:
        raise OutsideError(f"grouping could not be started: {error.strerror}", kind="memory") from error
    if child.returncode != 0:
        words = child.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {child.returncode}"]
        raise OutsideError(f"grouping stopped: {words[-1][:300]}", kind="memory" if child.returncode < 0 else "bug")
    return pickle.loads(child.stdout)  # noqa: S301 - our own child's words
