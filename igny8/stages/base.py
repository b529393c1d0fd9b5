"""Shared parts of all stages: items, batches, results, tools and common queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import BindParameter, Connection, Row, Select, Table, bindparam, select

from igny8.errors import ExternalError
from igny8.models import RunSettings, Site
from igny8.providers.base import RequestSender, Voice
from igny8.voice_fields import VOICE_FIELDS

MAX_ATTEMPTS = 5  # per item, beside those that a crash of its worker cost
IDS_PARAM: BindParameter[Any] = bindparam(
    "ids", expanding=True
)  # a list of ids, given at execution
SITE_QUERY = select(Site.name, Site.url, Site.language).where(Site.id == bindparam("of_site"))


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed item: its id, its subject, and its number of attempts."""

    id: int
    subject_id: int
    title: str
    attempt: int
    crashes: int

    @property
    def is_last_attempt(self) -> bool:
        """Return whether the item fails if this attempt fails; crashes allow further attempts."""
        return self.attempt >= MAX_ATTEMPTS + self.crashes


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one stage of one run, claimed by one worker under one token."""

    run_id: int
    site_id: int
    stage: int
    token: str
    settings: RunSettings
    items: tuple[Item, ...]

    def narrowed_to(self, items: Sequence[Item]) -> "Batch":
        """Return the same claim with only some of its items."""
        return Batch(self.run_id, self.site_id, self.stage, self.token, self.settings, tuple(items))

    @property
    def subject_ids(self) -> list[int]:
        """Return the ids of the items' subjects, such as keywords."""
        return [item.subject_id for item in self.items]


@dataclass(frozen=True, slots=True)
class Output:
    """A result that becomes an item of the next stage; lower `rank` comes first."""

    subject_id: int
    title: str
    rank: int = 0


@dataclass(slots=True)
class PersistResult:
    """Result of a stage's persist().

    `outputs` become items of the next stage; `made` counts results in the stage's own unit;
    `skipped` is {subject id: reason}; `credits` is {subject id: credits}; `message` is a line for
    the log.
    """

    outputs: list[Output] = field(default_factory=list)
    made: int = 0
    skipped: dict[int, str] = field(default_factory=dict)
    credits: dict[int, int] = field(default_factory=dict)
    message: str = ""


class Tools(Protocol):
    """What a stage may use besides the database; implemented by `igny8.engine.work.tools`."""

    def provider(self, stage_key: str) -> Any:
        """Return the provider of this stage of the site."""

    def calls(self, item: Item | None = None) -> RequestSender:
        """Return the sender of the paid requests of an item, or of the stage as a whole."""

    def progress_reporter(self) -> Callable[[float], None]:
        """Return a function to report the progress (0 … 1) of the stage's up-front computation."""

    def built_in(self) -> Any:
        """Return the built-in provider, the fallback where a site allows it."""

    def get_or_create(
        self, run_id: int, stage: int, name: str, make: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the stored result of that name; if missing, store that of `make()`."""

    def store_image(self, name: str, data: bytes) -> str:
        """Write an image file atomically; return its path relative to the image folder."""


# subject id → plain answer, or the ExternalError of this subject alone
Answers = dict[int, Any]
WaitingQuery = Callable[[Any, RunSettings], Select[Any]]


def still_waiting_ids(
    tx: Connection, waiting_query: WaitingQuery, batch: Batch, ids: Sequence[int]
) -> set[int]:
    """Return which of these subjects the stage would still take, by its waiting query."""
    query = _waiting_query_for_ids(waiting_query, batch.settings)
    return set(tx.execute(query, {"of_site": batch.site_id, "ids": ids}).scalars())


@lru_cache
def _waiting_query_for_ids(waiting_query: WaitingQuery, settings: RunSettings) -> Select[Any]:
    """Return a stage's waiting query limited to some ids."""
    query = waiting_query(bindparam("of_site"), settings)
    subject = next(iter(query.selected_columns))
    return query.with_only_columns(subject).where(subject.in_(IDS_PARAM)).order_by(None)


def voice_of(settings: RunSettings) -> Voice:
    """Return tone, audience, facts and prompts of a run's site."""
    prompts = tuple(
        (name, prompt["version"], prompt["text"])
        for name, prompt in sorted(settings.prompts.items())
    )
    texts = {field.name: getattr(settings, field.name) for field in VOICE_FIELDS}
    return Voice(**texts, prompts=prompts)


def output_unit(stage_module: Any, settings: RunSettings) -> str:
    """Return the plural noun for the output of a stage: "articles" of a model, else "briefs"."""
    if stage_module.KEY in settings.providers:
        return str(getattr(stage_module, "MODEL_OUTPUT_UNIT", stage_module.OUTPUT_UNIT))
    return str(stage_module.OUTPUT_UNIT)


def input_unit(stage_module: Any, settings: RunSettings) -> str:
    """Return the plural noun for the input of a stage; after writing "articles" or "briefs"."""
    if "write" in settings.providers:
        return str(getattr(stage_module, "MODEL_INPUT_UNIT", stage_module.INPUT_UNIT))
    return str(stage_module.INPUT_UNIT)


def process_each(batch: Batch, call: Callable[[Item], Any]) -> Answers:
    """Return call(item) per subject; an ExternalError is the answer of its own item only."""
    answers: Answers = {}
    for item in batch.items:
        try:
            answers[item.subject_id] = call(item)
        except ExternalError as error:
            answers[item.subject_id] = error
    return answers


def rows_by_id(tx: Connection, table: Table, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return whole rows of a table by id."""
    return {row.id: row for row in tx.execute(_rows_by_id(table), {"ids": ids})}


@lru_cache
def _rows_by_id(table: Table) -> Select[Any]:
    return select(table).where(table.c.id.in_(IDS_PARAM))


def site_of(tx: Connection, batch: Batch) -> Row[Any]:
    """Return the row (name, url, language) of the batch's site."""
    return tx.execute(SITE_QUERY, {"of_site": batch.site_id}).one()
