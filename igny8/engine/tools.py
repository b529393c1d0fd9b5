"""What a stage may reach outside: the provider of its site, kept answers, the image folder."""

import importlib
import os
import tempfile
from pathlib import Path

import igny8.importers as igny8_importers
from igny8.engine.faults import fault
from igny8.extensions import reading, writing
from igny8.models import KeptAnswer
from igny8.stages.base import Batch


class Tools:
    """The real tools for one batch."""

    def __init__(self, batch: Batch, images: Path, provider):
        self._batch, self._images, self._provider = batch, images, provider

    def provider(self, stage_key: str):
        """Return the provider that works for this stage: the built-in engine."""
        return self._provider

    def recall(self, run_id: int, stage: int, name: str, make):
        """Return the kept answer of that name; without one, make it and keep it."""
        cached = _plans.get((run_id, stage, name))
        if cached is None:
            with reading() as tx:
                cached = KeptAnswer.of(tx, run_id, stage, name)
        if cached is None:
            made = make()
            with writing() as tx:
                KeptAnswer.keep(tx, run_id, stage, name, made)
            with reading() as tx:
                cached = KeptAnswer.of(tx, run_id, stage, name)
            fault("answered")
        _plans.clear()
        _plans[(run_id, stage, name)] = cached
        return cached

    def store_image(self, name: str, data: bytes) -> str:
        """Write an image file whole or not at all; return its path below the image folder."""
        target = self._images / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, target)
        except OSError:
            os.unlink(temporary)
            raise
        return name


_plans: dict = {}


def built_in():
    """Return the built-in engine; it is loaded here so that the web never loads it."""
    return importlib.import_module("igny8.providers.builtin").BuiltIn()


def importers():
    """Return the room that reads keyword files."""
    return igny8_importers
