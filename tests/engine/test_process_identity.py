"""A process is identified whatever the wall clock says and whoever reuses its pid."""

import os
import subprocess
import sys

import psutil
import pytest
from sqlalchemy import select, update

from igny8.engine import process_identity
from igny8.engine.runs import start_run
from igny8.engine.work import recovery
from igny8.extensions import read_transaction, write_transaction
from igny8.models import RunItem, Worker
from tests.factories import make_keywords
from tests.waiting import until


@pytest.fixture
def held(site, inline_worker):
    """Return the batch that the living worker of this process holds."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    return inline_worker.claim()


def still_held(batch) -> bool:
    with read_transaction() as tx:
        return (
            tx.execute(select(RunItem.id).where(RunItem.token == batch.token)).first() is not None
        )


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the boot time moves with the clock on Linux alone"
)
@pytest.mark.parametrize("seconds", [-86_400, -3600, 5, 3600, 86_400])
def test_clock_change_kills_no_worker(held, monkeypatch, seconds):
    boot = psutil.boot_time()
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: boot + seconds)
    assert recovery.requeue_dead_workers() == 0
    assert still_held(held)


def test_pid_of_another_container_is_not_judged(held):
    with write_transaction() as tx:
        tx.execute(
            update(Worker).values(
                host=process_identity.host_id() + "-of-another", pid=2**22, process_started_at=1.0
            )
        )
    assert recovery.requeue_dead_workers() == 0
    assert still_held(held)


def test_dead_process_and_reused_pid_are_detected(held):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(process_started_at=Worker.process_started_at - 60))
    assert recovery.requeue_dead_workers() == 8
    assert not still_held(held)


def test_dead_worker_counts_as_killed_until_its_next_heartbeat(held, inline_worker):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(process_started_at=Worker.process_started_at - 60))
    recovery.requeue_dead_workers()
    assert ended() == (True, True)
    inline_worker.heartbeat.send()
    assert ended() == (False, None)
    inline_worker.heartbeat.stop()
    assert ended() == (True, None)


def ended() -> tuple:
    """Return of the only worker whether it ended, and whether it was killed."""
    with read_transaction() as tx:
        (row,) = tx.execute(select(Worker.stopped_at, Worker.killed)).all()
    return row.stopped_at is not None, row.killed


def test_zombie_process_counts_as_dead(held):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = process_identity.start_time(child.pid)
    assert process_identity.is_alive(child.pid, born)
    child.kill()
    until(lambda: not process_identity.is_alive(child.pid, born), 10, "death")
    child.communicate()


def test_own_process_is_alive(app):
    assert process_identity.is_alive(os.getpid(), process_identity.start_time())
    assert len(process_identity.host_id()) <= Worker.__table__.c.host.type.length
