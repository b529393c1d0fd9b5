"""The failed items of a run, grouped by cause."""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Row

from igny8.extensions import read_transaction
from igny8.models.queries import run_items

VARIABLE_PARTS = re.compile(r"“[^”]*”|\"[^\"]*\"|[0-9][0-9.,]*")  # of messages of one cause
MAX_EXAMPLES = 5


@dataclass
class FailureGroup:
    """Failed items of one stage with one cause; `key` identifies the cause in forms and links."""

    key: str
    stage: int
    kind: str
    cause: str
    item_ids: list[int] = field(default_factory=list)
    examples: list[Row] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return the number of failed items."""
        return len(self.item_ids)


def failure_groups(run_id: int) -> list[FailureGroup]:
    """Return the failures of a run (by database id) by stage and cause, largest first.

    Messages that differ only in quoted words and numbers have the same cause.
    """
    with read_transaction() as tx:
        rows = run_items.failed_items(tx, run_id)
    groups: dict[str, FailureGroup] = {}
    for row in rows:
        cause = row.error or "no reason was recorded"
        key = _key(row.stage, row.error_kind or "", cause)
        group = groups.setdefault(key, FailureGroup(key, row.stage, row.error_kind or "", cause))
        group.item_ids.append(row.id)
        if len(group.examples) < MAX_EXAMPLES:
            group.examples.append(row)
    return sorted(groups.values(), key=lambda group: (-group.count, group.stage))


def _key(stage: int, kind: str, cause: str) -> str:
    identity = f"{stage} {kind} {VARIABLE_PARTS.sub('…', cause)}"
    return sha256(identity.encode()).hexdigest()[:12]
