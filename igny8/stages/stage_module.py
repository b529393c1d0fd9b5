"""The interface of a stage: the names that each of the seven modules defines."""

from typing import Any, Protocol

from sqlalchemy import Connection, Select

from igny8.forecast import Rate
from igny8.models import RunSettings
from igny8.stages.base import Answers, Batch, PersistResult, Tools


class StageModule(Protocol):
    """A module `igny8.stages.sN_key`.

    Some stages define more: MODEL_OUTPUT_UNIT and MODEL_INPUT_UNIT (units if a model is used),
    `add_cost` (add an item's cost to its content), `mark_failed` (after the last attempt of an
    item), `reset_failed` (before failed items are retried) and `reject` (for rejected items).
    """

    NUMBER: int
    KEY: str
    NAME: str
    SHORT_NAME: str
    INPUT_UNIT: str  # plural
    OUTPUT_UNIT: str  # plural
    ACTIVITY: str  # what it is doing: "writing"
    RESULT_KEYS: tuple[str, str]  # of the processed items and of what was made
    PLANS_WHOLE_STAGE: bool  # one computation over all items precedes the first item
    PLANNING_SHARE: float  # of the work of an item: what that computation does (only where it is)
    PRIOR_RATE: Rate  # expected of the stage before anything was observed

    @staticmethod
    def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
        """Return the query of waiting subjects: (id, title, rank); lower rank first."""

    @staticmethod
    def process(batch: Batch, tools: Tools) -> Answers:
        """Return the answers for a batch; no transaction is open, as providers are called."""

    @staticmethod
    def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
        """Store the answers in the transaction that ends the items; return the result."""
