"""What all seven stages share: batches, results, tools, and who owns a stage's rates at first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, select

from igny8.errors import ExternalError
from igny8.models import RunSettings, Site
from igny8.providers.base import RequestSender, Voice

MAX_ATTEMPTS = 5  # attempts per item, in addition to those that a crash of its worker cost


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed item of the ledger: its own id, what it is about, and how often it was tried."""

    id: int
    subject_id: int
    title: str
    attempt: int
    crashes: int

    @property
    def is_last_attempt(self) -> bool:
        """Return whether the item fails if this attempt fails; crashes grant further attempts."""
        return self.attempt >= MAX_ATTEMPTS + self.crashes


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one stage of one run that one worker holds under one token."""

    run_id: int
    site_id: int
    stage: int
    token: str
    settings: RunSettings
    items: tuple[Item, ...]

    def narrowed_to(self, items: Sequence[Item]) -> "Batch":
        """Return the same claim narrowed to some of its items."""
        return Batch(self.run_id, self.site_id, self.stage, self.token, self.settings, tuple(items))

    @property
    def subject_ids(self) -> list[int]:
        return [item.subject_id for item in self.items]


@dataclass(frozen=True, slots=True)
class Output:
    """Something made that the next stage takes in; lower `rank` comes first."""

    subject_id: int
    title: str
    rank: int = 0


@dataclass(slots=True)
class PersistResult:
    """What keep() did: outputs for the next stage, `made` in the stage's own unit, items that it
    skipped with their reason, credits an item, and a line for the log."""

    outputs: list[Output] = field(default_factory=list)
    made: int = 0
    skipped: dict[int, str] = field(default_factory=dict)
    credits: dict[int, int] = field(default_factory=dict)
    message: str = ""


class Tools(Protocol):
    """What a stage may reach outside: engine/tools.py gives the real ones."""

    def provider(self, stage_key: str) -> Any:
        """Return the provider that works for this stage on the site."""

    def calls(self, item=None) -> RequestSender:
        """Return where the paid requests of an item, or without one of the stage as a whole, go through."""

    def progress_reporter(self) -> Callable[[float], None]:
        """Return who is to be told how far the one computation of a stage is, as a share of it."""

    def built_in(self) -> Any:
        """Return the built-in engine, which helps out where a site allows it."""

    def get_or_create(self, run_id: int, stage: int, name: str, make):
        """Return the kept answer of that name; without one, call `make()` and keep what it gives."""

    def store_image(self, name: str, data: bytes) -> str:
        """Write an image file whole or not at all; return its path below the image folder."""


IDS_PARAM = bindparam("ids", expanding=True)  # a list of ids, given when the statement is executed
SITE_QUERY = select(Site.name, Site.url, Site.language).where(Site.id == bindparam("of_site"))

# subject id → plain answer, or the error that this subject alone ran into
Answers = dict[int, Any | ExternalError]


def still_waiting_ids(tx, waiting, batch: Batch, ids: Sequence[int]) -> set[int]:
    """Return which of these subjects the stage would still take: `waiting` is its own query."""
    return set(
        tx.execute(
            _waiting_query_for_ids(waiting, batch.settings), {"of_site": batch.site_id, "ids": ids}
        ).scalars()
    )


@lru_cache
def _waiting_query_for_ids(waiting, settings) -> Select:
    """Return a stage's waiting query limited to some subjects: the same predicate, fewer rows."""
    query = waiting(bindparam("of_site"), settings)
    subject = next(iter(query.selected_columns))
    return query.with_only_columns(subject).where(subject.in_(IDS_PARAM)).order_by(None)


def voice_of(settings: RunSettings) -> Voice:
    """Return how the site of a run wants to sound."""
    return Voice(
        settings.tone,
        settings.audience,
        settings.knowledge,
        tuple(
            (name, prompt["version"], prompt["text"])
            for name, prompt in sorted(settings.prompts.items())
        ),
    )


def output_unit(stage_module, settings: RunSettings) -> str:
    """Return the unit of what a stage makes in a run: a model writes articles, not briefs."""
    return (
        getattr(stage_module, "MODEL_OUTPUT_UNIT", stage_module.OUTPUT_UNIT)
        if stage_module.KEY in settings.engines
        else stage_module.OUTPUT_UNIT
    )


def input_unit(stage_module, settings: RunSettings) -> str:
    """Return the unit of what a stage takes in: what the writing stage of the run makes."""
    return (
        getattr(stage_module, "MODEL_INPUT_UNIT", stage_module.INPUT_UNIT)
        if "write" in settings.engines
        else stage_module.INPUT_UNIT
    )


def process_each(batch: Batch, call) -> Answers:
    """Return call(item) for each item; an OutsideError stays with the item that met it."""
    answers: Answers = {}
    for item in batch.items:
        try:
            answers[item.subject_id] = call(item)
        except ExternalError as error:
            answers[item.subject_id] = error
    return answers


def rows_by_id(tx, table, ids: Sequence[int]) -> dict:
    """Return whole rows of a table by id."""
    return {row.id: row for row in tx.execute(_rows_by_id(table), {"ids": ids})}


@lru_cache
def _rows_by_id(table) -> Select:
    return select(table).where(table.c.id.in_(IDS_PARAM))


def site_of(tx, batch: Batch):
    """Return the row (name, url, language) of the batch's site."""
    return tx.execute(SITE_QUERY, {"of_site": batch.site_id}).one()
