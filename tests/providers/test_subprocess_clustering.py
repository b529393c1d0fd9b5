"""The grouping's child process: it ends with its parent, and when the product stops."""

import pickle
import subprocess
import sys
import threading

import psutil
import pytest

from igny8.errors import ExternalError, Interrupted
from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin import clustering, subprocess_clustering
from tests.waiting import until

MANY = tuple(
    Phrase(n, f"how to grow {a} {b} {n % 7} in {c}", n)
    for n, (a, b, c) in enumerate(
        (a, b, c)
        for a in map("plant{}".format, range(40))
        for b in map("place{}".format, range(40))
        for c in map("soil{}".format, range(12))
    )
)
PARENT = """
from tests.providers.test_subprocess_clustering import MANY
from igny8.providers.base import ClusterOptions
from igny8.providers.builtin.subprocess_clustering import cluster_in_subprocess
cluster_in_subprocess(MANY, (), ClusterOptions())
"""


def children_of(pid: int) -> list:
    return psutil.Process(pid).children()


def test_child_process_ends_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    child = until(lambda: children_of(parent.pid), 60, "the child")[0]
    parent.kill()
    parent.wait()
    until(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE,
        60,
        "the end of the child",
    )


def test_clustering_is_interrupted_when_the_worker_stops():
    met = []

    def ask():
        try:
            subprocess_clustering.cluster_in_subprocess(MANY, (), ClusterOptions())
        except ExternalError as error:
            met.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: subprocess_clustering._children, 60, "the child")
    subprocess_clustering.interrupt()
    asking.join(60)
    assert [type(error) for error in met] == [Interrupted]


def test_crashed_child_process_is_reported(monkeypatch):
    monkeypatch.setattr(subprocess_clustering, "SCRIPT", "no_such_file_here.py")
    with pytest.raises(ExternalError, match="no_such_file_here"):
        subprocess_clustering.cluster_in_subprocess(MANY[:3], (), ClusterOptions())


def test_child_process_reports_progress_and_gives_the_same_plan():
    told = []
    plan = subprocess_clustering.cluster_in_subprocess(
        MANY[:300], (), ClusterOptions(), told.append
    )
    assert plan == clustering.cluster(MANY[:300], (), ClusterOptions())
    assert told[-1] > 0.9
    assert len([share for share in told if 0 < share < 1]) >= 4


def test_child_process_loads_no_web_modules():
    asked = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='child')"
    watched = (
        f"import atexit, os, sys; os._exit = lambda code: sys.exit('flask' in sys.modules); {asked}"
    )
    child = subprocess.run(
        [sys.executable, "-P", "-c", watched, str(subprocess_clustering.SCRIPT)],
        capture_output=True,
        input=pickle.dumps(("cluster", (MANY[:20], (), ClusterOptions()))),
        check=False,
    )
    assert child.returncode == 0, child.stderr
