"""Decide for each item of a claim whether it is done, skipped, failed or queued again."""

from dataclasses import dataclass, field

from igny8.errors import ExternalError
from igny8.stages.base import Batch, PersistResult


@dataclass(slots=True)
class Outcomes:
    """Outcome of each item of a claim, by item id.

    `retried` items are queued again and the attempt counts; `untouched` items are queued again as
    untried, because the error was caused by the provider or the server.
    """

    done: list[int] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)
    failed: dict[int, ExternalError] = field(default_factory=dict)
    retried: dict[int, ExternalError] = field(default_factory=dict)
    untouched: dict[int, ExternalError] = field(default_factory=dict)

    @property
    def queued(self) -> int:
        """Return how many items are queued again."""
        return len(self.retried) + len(self.untouched)

    @property
    def finished_count(self) -> int:
        """Return how many items are done, skipped or failed."""
        return len(self.done) + len(self.skipped) + len(self.failed)


def decide_outcomes(
    batch: Batch, errors: dict[int, ExternalError], result: PersistResult
) -> Outcomes:
    """Return the outcomes of a claim; `errors` are by subject id."""
    outcomes = Outcomes()
    for item in batch.items:
        error = errors.get(item.subject_id)
        if error is not None and error.is_external_fault:
            outcomes.untouched[item.id] = error
        elif error is not None and (error.permanent or item.is_last_attempt):
            outcomes.failed[item.id] = error
        elif error is not None:
            outcomes.retried[item.id] = error
        elif item.subject_id in result.skipped:
            outcomes.skipped[item.id] = result.skipped[item.subject_id]
        else:
            outcomes.done.append(item.id)
    return outcomes
