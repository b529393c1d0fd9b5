"""Worker processes: Huey tasks wake their threads; a periodic sweep finds work without Huey.

A Huey task has no state and no argument, so losing one has no effect.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from igny8 import progress
from igny8.engine import inventory, keyword_import, retention
from igny8.engine.billing.providers import Providers
from igny8.engine.changes.worker import change_next
from igny8.engine.db_retry import log_database_error
from igny8.engine.notifications.worker import deliver_next
from igny8.engine.publications.nightly_check import check_next
from igny8.engine.publications.worker import publish_next
from igny8.engine.reviews.approval_rule import approve_due
from igny8.engine.runs import schedule
from igny8.engine.work import claims, recovery, tools
from igny8.engine.work.heartbeat import Heartbeat
from igny8.engine.work.worker_loop import run_worker
from igny8.models.worker import HEARTBEAT_INTERVAL_S
from igny8.stages.base import Batch
from igny8.task_queue import open_queue, queue_name
from igny8.version import version

SWEEP_INTERVAL_S = 2.0
IMPORT_POLL_INTERVAL_S = 1.0
PUBLISH_POLL_INTERVAL_S = 2.0
READING_POLL_INTERVAL_S = 2.0
CHANGE_POLL_INTERVAL_S = 1.0  # a person waits
CHECK_POLL_INTERVAL_S = 5.0
APPROVAL_POLL_INTERVAL_S = 15.0
NOTIFICATION_POLL_INTERVAL_S = 2.0
SMALL_IMPORT_ROWS = 20_000  # imports up to this size do not wait for larger ones
# Sweeps in a row that find work and an idle thread while no task arrives; then work without Huey.
MAX_MISSED_SWEEPS = 3
log = logging.getLogger(__name__)


def bind(app: Flask) -> None:
    """Attach the queue and its only task to the app."""
    settings = app.config["SETTINGS"]
    huey = open_queue(settings.huey_url, settings.secret_key, queue_name(settings.database_url))
    app.extensions["igny8.huey"] = huey
    app.extensions["igny8.worker"] = None

    @huey.task(name="pump")
    def wakeup_task() -> None:
        with app.app_context():
            if app.extensions["igny8.worker"] is not None:
                app.extensions["igny8.worker"].task_received = True
            _work()

    app.extensions["igny8.wakeup_task"] = wakeup_task


def wake_workers() -> bool:
    """Enqueue a wake-up task; return False if the queue fails (then the sweep finds the work)."""
    try:
        current_app.extensions["igny8.wakeup_task"]()
    except Exception:  # the run is safe in the database
        log.warning("cannot enqueue a wake-up; the sweep will find the work", exc_info=True)
        return False
    return True


def _work() -> None:
    """Work for a time slice, and enqueue another wake-up if there is more to do."""
    worker = current_app.extensions["igny8.worker"]
    if worker is None or worker.stopping.is_set():
        return
    with worker.reserve_slot() as free:
        more = free and run_worker(
            worker.heartbeat, worker.tools_for, worker.stopping.is_set, worker.wake_idle_threads
        )
    if more and not worker.stopping.is_set():
        wake_workers()


class EmbeddedConsumer(Consumer):
    """Huey's consumer without signal handlers: the worker process stops it."""

    def _set_signal_handlers(self) -> None:
        pass


class WorkerProcess:
    """Consumer threads, heartbeat and sweep of this process.

    With `slots` 0 it processes no items: it only completes actions that need no worker (cancel,
    pause).
    """

    def __init__(self, app: Flask, slots: int) -> None:
        self.app, self.slots = app, slots
        self.stopping = threading.Event()
        self.heartbeat = Heartbeat(slots, version())
        self._recovery = recovery.Recovery(self.heartbeat)
        self._providers = Providers(tools.load_builtin_provider() if slots else None)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._busy, self._missed_sweeps, self.task_received = 0, 0, False
        self._consumer: EmbeddedConsumer | None = None

    def start(self) -> None:
        """Register the worker, release claims of dead processes, and start working."""
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
            ("retention", retention.INTERVAL_S, retention.prune),
            # also without slots: that no worker is running is told by the others
            ("notifications", NOTIFICATION_POLL_INTERVAL_S, self._notify),
            *(self._import_loops() if self.slots else ()),
            *(self._publishing_loops() if self.slots else ()),
            *(self._reading_loops() if self.slots else ()),
        ):
            thread = threading.Thread(
                target=self._repeat, args=(every, call), name=name, daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish active items, claim no new ones, and mark the worker as stopped."""
        self.stopping.set()
        self._providers.interrupt()
        if self._consumer is not None:
            self._consumer.stop(graceful=True)
        for thread in self._threads:
            thread.join(timeout=10)
        with self.app.app_context():
            self.heartbeat.stop()

    def _import_loops(self) -> tuple:
        """Return the import threads: one for all files, one for small ones."""
        return (
            ("imports", IMPORT_POLL_INTERVAL_S, self._import),
            (
                "small imports",
                IMPORT_POLL_INTERVAL_S,
                lambda: self._import(max_rows=SMALL_IMPORT_ROWS),
            ),
        )

    def _import(self, max_rows: int | None = None) -> None:
        """Import confirmed files one after the other."""
        while not self.stopping.is_set() and keyword_import.import_next(
            self.stopping.is_set, max_rows
        ):
            pass

    def _publishing_loops(self) -> tuple:
        """Return the threads that publish approved articles and change parts."""
        names = ("publications", "more publications")
        publishing = tuple((name, PUBLISH_POLL_INTERVAL_S, self._publish) for name in names)
        return (
            *publishing,
            ("publication checks", CHECK_POLL_INTERVAL_S, self._check_published),
            ("changes of parts", CHANGE_POLL_INTERVAL_S, self._change_parts),
            ("approvals by rule", APPROVAL_POLL_INTERVAL_S, self._approve),
        )

    def _approve(self) -> None:
        """Approve the articles that are due by the rules of the sites."""
        approve_due(self.stopping.is_set)

    def _change_parts(self) -> None:
        """Carry out the part changes that reviewers requested, one after the other."""
        while change_next(self._providers, self.stopping.is_set):
            pass

    def _publish(self) -> None:
        """Publish the articles that are due, one after the other."""
        while not self.stopping.is_set() and publish_next(self.stopping.is_set):
            pass

    def _reading_loops(self) -> tuple:
        """Return the threads that read websites."""
        names = ("site readings", "more site readings")
        return tuple((name, READING_POLL_INTERVAL_S, self._read_sites) for name in names)

    def _read_sites(self) -> None:
        """Read websites in turn, one time slice each."""
        while not self.stopping.is_set() and inventory.read_next(self.stopping.is_set):
            pass

    def _check_published(self) -> None:
        """Check the published articles that are due, one after the other."""
        while not self.stopping.is_set() and check_next():
            pass

    def _notify(self) -> None:
        """Send the notifications that are due, one after the other."""
        while not self.stopping.is_set() and deliver_next(progress.next_step_of):
            pass

    def tools_for(self, batch: Batch) -> tools.Tools:
        """Return what a stage may use for a batch: providers, paid requests, image files."""
        return tools.Tools(batch, self.app.config["SETTINGS"].images, self._providers)

    @contextmanager
    def reserve_slot(self) -> Iterator[bool]:
        """Yield True with a slot reserved for a time slice, or False if all are taken."""
        with self._lock:
            free = self._busy < self.slots
            self._busy += free
        try:
            yield free
        finally:
            with self._lock:
                self._busy -= free

    def wake_idle_threads(self) -> None:
        """Wake another thread of this process if there are more items to claim."""
        if (
            self._busy < self.slots
            and not self._wakeup_is_queued()
            and claims.has_claimable_items()
        ):
            wake_workers()

    def _sweep(self) -> None:
        self._recovery.sweep()
        schedule.start_due_runs()
        task_received, self.task_received = self.task_received, False
        if self._busy >= self.slots or not claims.has_claimable_items():
            self._missed_sweeps = 0
            return
        # the queue may be readable but not writable, or other processes take all tasks
        self._missed_sweeps = 0 if task_received else self._missed_sweeps + 1
        if self._missed_sweeps >= MAX_MISSED_SWEEPS or not (
            self._wakeup_is_queued() or wake_workers()
        ):
            self._work_without_queue()

    def _wakeup_is_queued(self) -> bool:
        """Return whether a wake-up is queued; False if the queue does not answer."""
        try:
            return self._consumer is None or self._consumer.huey.pending_count() > 0
        except Exception:  # an unavailable queue must not cost the current claim
            log.warning("the queue does not answer", exc_info=True)
            return False

    def _work_without_queue(self) -> None:
        """Work for a time slice in an extra thread, because the queue is unavailable."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(
            target=self._in_context, args=(_work,), name="without queue", daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def _in_context(self, call: Callable[[], object]) -> None:
        with self.app.app_context():
            call()

    def _repeat(self, every: float, call: Callable[[], object]) -> None:
        """Call a function now and every `every` seconds until the process stops."""
        name = getattr(call, "__name__", "background task")
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
                    call()
            except SQLAlchemyError as error:
                log_database_error(error, f"{name} is repeated")
            except Exception:  # heartbeat and sweep must survive any error
                log.exception("%s failed; trying again", name)
            self.stopping.wait(every)
