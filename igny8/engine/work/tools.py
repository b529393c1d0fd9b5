"""What a stage may reach outside: the provider of its site, kept answers, the image folder."""

import errno
import os
import tempfile
from pathlib import Path

import igny8.importers as igny8_importers
from igny8.engine.billing.paid_requests import PaidRequests
from igny8.engine.billing.providers import Providers, find_access
from igny8.engine.fault_injection import fault_point
from igny8.engine.site_deletion import remove_orphaned_images
from igny8.engine.work.stage_progress import StageProgressReporter
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import RunEvent, StageResult
from igny8.providers.base import UNRECORDED, Endpoint, RequestSender
from igny8.providers.register import default_kind
from igny8.stages.base import MAX_ATTEMPTS, Batch

DISK_RETRY_AFTER_S = 15.0  # seconds in which somebody, or a program that tidies up, may make some
PERMANENT_ERRNOS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


class Tools:
    """The real tools for one batch."""

    def __init__(self, batch: Batch, images: Path, engines: Providers):
        self._batch, self._images, self._engines = batch, images, engines
        self._way = None

    def provider(self, stage_key: str):
        """Return the provider that works for this stage: that of the run's settings, or the built-in one."""
        choice = self._batch.settings.engines.get(stage_key)
        if choice is None:
            return self._engines.built_in
        with read_transaction() as tx:
            self._way = find_access(tx, self._batch.site_id, choice)
        return self._engines.of(self._way, choice)

    def calls(self, item=None) -> RequestSender:
        """Return where the paid requests of an item (or of the whole stage) go through."""
        return UNRECORDED if self._way is None else PaidRequests(self._batch, item, self._way)

    def progress_reporter(self) -> StageProgressReporter:
        """Return who writes down how far the one computation of the stage is."""
        return StageProgressReporter(self._batch)

    def built_in(self):
        """Return the built-in engine, which helps out where a site allows it."""
        return self._engines.built_in

    def get_or_create(self, run_id: int, stage: int, name: str, make):
        """Return the kept answer of that name; without one, make it (a dict) and keep it.

        Its "note", where it has one, becomes a line of the run's log.

        What fails for good, or for the fifth time, is kept as well, and raised for whoever asks
        later: otherwise every batch would ask the same again.
        """
        cached = _results.get((run_id, stage, name))
        if cached is None:
            with read_transaction() as tx:
                cached = StageResult.fetch(tx, run_id, stage, name)
                failed = StageResult.fetch(tx, run_id, stage, name + StageResult.ERROR_SUFFIX)
            if failed is not None:
                raise ExternalError(failed["text"], kind=failed["kind"], permanent=True)
        if cached is None:
            try:
                made = make()
            except ExternalError as error:
                if error.is_external_fault:
                    raise
                with write_transaction() as tx:
                    error.permanent = StageResult.record_error(
                        tx, run_id, stage, name, error, MAX_ATTEMPTS
                    )
                raise
            with write_transaction() as tx:
                if StageResult.persist(tx, run_id, stage, name, made) and made.get("note"):
                    RunEvent.log(tx, run_id, "note", made["note"], stage=stage)
            with read_transaction() as tx:
                cached = StageResult.fetch(tx, run_id, stage, name)
            fault_point("answered")
        _results.clear()
        _results[(run_id, stage, name)] = cached
        return cached

    def discard_images(self) -> None:
        """Leave nothing behind for a claim that was lost: its site may be gone."""
        remove_orphaned_images(self._batch.site_id, self._images)

    def store_image(self, name: str, data: bytes) -> str:
        """Write an image file of this run; return its path below the image folder."""
        return store_image(self._images, name, data)


def store_image(images: Path, name: str, data: bytes) -> str:
    """Write an image file whole or not at all; return its path below the image folder.

    Raises OutsideError of kind "disk": permanent where a person has to change something, not
    where room may be made meanwhile.
    """
    target = (images / name).resolve()
    if not target.is_relative_to(images.resolve()):
        raise ExternalError(f"{name!r} is no name of an image", kind="bad_answer", permanent=True)
    try:
        _write_whole(target, data)
    except OSError as error:
        raise ExternalError(
            f"the image could not be stored in {images}: {error.strerror}; make sure that it "
            "is a folder with room, which the user that runs IGNY8 may write",
            kind="disk",
            permanent=error.errno in PERMANENT_ERRNOS,
            retry_after=DISK_RETRY_AFTER_S,
        ) from error
    return name


def _write_whole(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target)
    except OSError:
        os.unlink(temporary)
        raise


_results: dict = {}


def load_builtin_provider():
    """Return the built-in engine; it is loaded here so that the web never loads it."""
    return default_kind().load().make(Endpoint())


def importers():
    """Return the room that reads keyword files."""
    return igny8_importers
