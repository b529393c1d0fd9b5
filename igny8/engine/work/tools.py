"""Give a stage access to providers, cached stage results and the image folder."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import igny8.importers as igny8_importers
from igny8.engine.billing.paid_requests import PaidRequests
from igny8.engine.billing.providers import ProviderAccess, Providers, find_access
from igny8.engine.fault_injection import fault_point
from igny8.engine.site_deletion import remove_orphaned_images
from igny8.engine.work.image_storage import store_image
from igny8.engine.work.stage_progress import StageProgressReporter
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import RunEvent, StageResult
from igny8.providers.base import UNRECORDED, Endpoint, RequestSender
from igny8.providers.register import default_kind
from igny8.stages.base import MAX_ATTEMPTS, Batch, Item

_results: dict[tuple[int, int, str], Any] = {}  # the stage result read last: (run, stage, name)


class Tools:
    """What a stage may use while it processes one claim."""

    def __init__(self, batch: Batch, images: Path, providers: Providers) -> None:
        self._batch, self._images, self._providers = batch, images, providers
        self._access: ProviderAccess | None = None

    def provider(self, stage_key: str) -> Any:
        """Return the provider that the run's settings chose for a stage, or the built-in one."""
        choice = self._batch.settings.providers.get(stage_key)
        if choice is None:
            return self._providers.built_in
        with read_transaction() as tx:
            self._access = find_access(tx, self._batch.site_id, choice)
        return self._providers.get(self._access, choice)

    def calls(self, item: Item | None = None) -> RequestSender:
        """Return the sender of paid requests of an item, or of the stage as a whole."""
        if self._access is None:
            return UNRECORDED
        return PaidRequests(self._batch, item, self._access)

    def progress_reporter(self) -> StageProgressReporter:
        """Return the callable that reports progress of the stage's planning computation."""
        return StageProgressReporter(self._batch)

    def built_in(self) -> Any:
        """Return the built-in provider, the fallback where a site allows it."""
        return self._providers.built_in

    def get_or_create(self, run_id: int, stage: int, name: str, make: Callable[[], dict]) -> dict:
        """Return the stage result of that name; create and store it if missing.

        An entry "note" of the result becomes a log line of the run. A permanent error, or the
        fifth one, is stored as well and raised for every later claim: otherwise each claim would
        ask the provider again.
        """
        key = (run_id, stage, name)
        cached = _results.get(key)
        if cached is None:
            cached = _fetch(*key)
        if cached is None:
            cached = _create(*key, make)
        _results.clear()
        _results[key] = cached
        return cached

    def discard_images(self) -> None:
        """Remove the image files of a lost claim whose site was deleted meanwhile."""
        remove_orphaned_images(self._batch.site_id, self._images)

    def store_image(self, name: str, data: bytes) -> str:
        """Write an image file of this run; return its path below the image folder."""
        return store_image(self._images, name, data)


def _fetch(run_id: int, stage: int, name: str) -> dict | None:
    """Return a stored stage result; raise the stored error if there is one."""
    with read_transaction() as tx:
        result = StageResult.fetch(tx, run_id, stage, name)
        failed = StageResult.fetch(tx, run_id, stage, name + StageResult.ERROR_SUFFIX)
    if failed is not None:
        raise ExternalError(failed["text"], kind=failed["kind"], permanent=True)
    return result


def _create(run_id: int, stage: int, name: str, make: Callable[[], dict]) -> dict:
    """Create and store a stage result; return the stored one, possibly of another worker."""
    try:
        made = make()
    except ExternalError as error:
        if not error.is_external_fault:
            with write_transaction() as tx:
                error.permanent = StageResult.record_error(
                    tx, run_id, stage, name, error, MAX_ATTEMPTS
                )
        raise
    with write_transaction() as tx:
        if StageResult.persist(tx, run_id, stage, name, made) and made.get("note"):
            RunEvent.log(tx, run_id, "note", made["note"], stage=stage)
    with read_transaction() as tx:
        stored = StageResult.fetch(tx, run_id, stage, name)
    fault_point("answered")
    return stored


def load_builtin_provider() -> Any:
    """Return the built-in provider; imported here so that the web process never loads it."""
    return default_kind().load().make(Endpoint())


def importers() -> ModuleType:
    """Return the package that reads keyword files."""
    return igny8_importers
