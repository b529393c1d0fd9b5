"""The bell: Huey wakes the workers, and a sweep in every process wakes what lost its bell.

A Huey task carries no state and no argument. The only place that knows Huey.
"""

import logging
import threading
from contextlib import contextmanager

from flask import current_app
from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from igny8.engine import keyword_import
from igny8.engine.billing.providers import Providers
from igny8.engine.runs import schedule
from igny8.engine.work import claims, recovery, tools
from igny8.engine.work.heartbeat import Heartbeat
from igny8.engine.work.worker_loop import run_worker
from igny8.extensions import open_queue, queue_name
from igny8.models.worker import HEARTBEAT_INTERVAL_S
from igny8.version import version

SWEEP_INTERVAL_S = 2.0
MAX_MISSED_SWEEPS = 3  # sweeps in a row that find work and an idle thread, and no thread that heard the bell: none will
log = logging.getLogger(__name__)


def bind(app) -> None:
    """Tie a queue with its one working task to the app."""
    settings = app.config["SETTINGS"]
    huey = open_queue(settings.huey_url, queue_name(settings.database_url))
    app.extensions["igny8.huey"] = huey
    app.extensions["igny8.worker"] = None

    @huey.task(name="pump")
    def wakeup_task():
        with app.app_context():
            if app.extensions["igny8.worker"] is not None:
                app.extensions["igny8.worker"].task_received = True
            _work()

    app.extensions["igny8.wakeup_task"] = wakeup_task


def wake_workers() -> bool:
    """Wake the workers; return whether the bell was heard. Losing it is harmless: the sweep rings again."""
    try:
        current_app.extensions["igny8.wakeup_task"]()
    except Exception:  # noqa: BLE001 - whatever the queue's file says, the run is safe in the database
        log.warning("could not ring the bell; the sweep will", exc_info=True)
        return False
    return True


def _work() -> None:
    """Work for a time slice, and ring once more if there is more."""
    worker = current_app.extensions["igny8.worker"]
    if worker is None or worker.stopping.is_set():
        return
    with worker.reserve_slot() as free:
        while free and keyword_import.import_next():
            pass
        more = free and run_worker(
            worker.heartbeat, worker.tools_for, worker.stopping.is_set, worker.wake_idle_threads
        )
    if more and not worker.stopping.is_set():
        wake_workers()


class EmbeddedConsumer(Consumer):
    """Huey's consumer without its own signal handlers: whoever embeds it stops it."""

    def _set_signal_handlers(self):
        pass


class WorkerProcess:
    """All that makes this process a worker: consumer threads, heartbeat, sweep.

    With `slots` 0 it only watches: it completes what has no worker (a cancel, a pause) and takes
    no items.
    """

    def __init__(self, app, slots: int):
        self.app, self.slots = app, slots
        self.stopping = threading.Event()
        self.heartbeat = Heartbeat(slots, version())
        self._recovery = recovery.Recovery(self.heartbeat)
        self._engines = Providers(tools.load_builtin_provider() if slots else None)
        self._threads: list[threading.Thread] = []
        self._lock, self._busy, self._missed_sweeps, self.task_received = (
            threading.Lock(),
            0,
            0,
            False,
        )
        self._consumer = None

    def start(self) -> None:
        """Sign on, revive what dead processes held, and begin to work."""
        with self.app.app_context():
            self._recovery.start()
        self.app.extensions["igny8.worker"] = self
        if self.slots:
            self._consumer = EmbeddedConsumer(
                self.app.extensions["igny8.huey"],
                workers=self.slots,
                periodic=False,
                initial_delay=0.05,
                max_delay=0.1,
                backoff=1,
                check_worker_health=False,
            )
            self._consumer.start()
        for name, every, call in (
            ("heartbeat", HEARTBEAT_INTERVAL_S, self.heartbeat.send),
            ("sweep", SWEEP_INTERVAL_S, self._sweep),
        ):
            thread = threading.Thread(
                target=self._repeat, args=(every, call), name=name, daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Take nothing new, finish what is in work, sign off."""
        self.stopping.set()
        self._engines.interrupt()
        if self._consumer is not None:
            self._consumer.stop(graceful=True)
        for thread in self._threads:
            thread.join(timeout=10)
        with self.app.app_context():
            self.heartbeat.stop()

    def tools_for(self, batch) -> tools.Tools:
        """Return the tools for a batch."""
        return tools.Tools(batch, self.app.config["SETTINGS"].images, self._engines)

    @contextmanager
    def reserve_slot(self):
        """Lend one of the slots for a slice of work; False where all are taken, and then whoever is done rings."""
        with self._lock:
            free = self._busy < self.slots
            self._busy += free
        try:
            yield free
        finally:
            with self._lock:
                self._busy -= free

    def wake_idle_threads(self) -> None:
        """Ring for an idle thread of this process when there is more to take."""
        if (
            self._busy < self.slots
            and not self._wakeup_is_queued()
            and claims.has_claimable_items()
        ):
            wake_workers()

    def _sweep(self) -> None:
        self._recovery.sweep()
        schedule.start_due_runs()
        was_heard, self.task_received = self.task_received, False
        if self._busy >= self.slots or not (
            claims.has_claimable_items() or keyword_import.has_queued()
        ):
            self._missed_sweeps = 0
            return
        # a queue may be read and not written, so that nobody can take the bell; or others take it again and again
        self._missed_sweeps = 0 if was_heard else self._missed_sweeps + 1
        if self._missed_sweeps >= MAX_MISSED_SWEEPS or not (
            self._wakeup_is_queued() or wake_workers()
        ):
            self._work_without_queue()

    def _wakeup_is_queued(self) -> bool:
        """Return whether a bell waits to be heard; a queue that does not answer holds none."""
        try:
            return self._consumer is None or self._consumer.huey.pending_count() > 0
        except Exception:  # noqa: BLE001 - a queue out of reach must not cost the claim in hand
            log.warning("the queue does not answer", exc_info=True)
            return False

    def _work_without_queue(self) -> None:
        """Work for a time slice in a thread of our own: the queue is out of reach, the database is not."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(
            target=self._in_context, args=(_work,), name="without bell", daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def _in_context(self, call) -> None:
        with self.app.app_context():
            call()

    def _repeat(self, every: float, call) -> None:
        """Call at once, so that a restart goes on at once, and then again and again."""
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
                    call()
            except SQLAlchemyError:
                log.exception("%s: the database did not answer; trying again", call.__name__)
            except Exception:  # noqa: BLE001 - a thread that keeps others alive must not die silently
                log.exception("%s failed; trying again", call.__name__)
            self.stopping.wait(every)
