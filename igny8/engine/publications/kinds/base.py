"""Describe a kind of publishing target: its labels, form fields, test and steps.

Pages, the command line and the worker derive everything about a kind from its `Kind`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from igny8.engine.publications.work import Work
from igny8.outbound.allowlist import Allowlist

COLUMNS = {"target_url": "url", "username": "username"}  # form field → column; others are options
SECRET = "secret"  # the name of a form field # nosec B105


@dataclass(frozen=True)
class Field:
    """A form field of a target.

    `type`: text, web (an address that may have a query), server (one without), secret, choice or
    tick. `what` names the value in the message about an empty field. `check` returns the value to
    store, or raises ValueError with a message. `suggest` returns the default of a new target.
    """

    name: str
    label: str
    hint: str = ""
    type: str = "text"
    what: str = ""
    max_chars: int = 200
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    check: Callable[[str], str] = str
    suggest: Callable[[], str] = str


@dataclass(frozen=True)
class TargetTestContext:
    """Input of a test besides the target; `message_id` is that of a webhook's message."""

    site: Row
    message_id: str
    allowed: Allowlist


@dataclass(frozen=True)
class TargetTestResult:
    """Result of a test: a sentence, further `notes`, and `facts` to store with the target."""

    ok: bool
    text: str
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of target; without `publish`, a person publishes by hand.

    `noun` follows “Add a” and “New”. `test` takes the target's row, its secret and the context.
    `check` raises RemoteMissing or RemoteChanged if an article was removed or changed there.
    `sets_date` is whether the target itself publishes an article at its time. `checked_address`
    returns the web address whose host must be allowed, "" for none; `folder` the folder of a target
    whose files can be downloaded.
    """

    name: str
    label: str
    noun: str
    example_name: str = ""
    fields: tuple[Field, ...] = ()
    publish: Callable[[Work], None] | None = None
    unpublish: Callable[[Work], None] | None = None
    check: Callable[[Work], None] | None = None
    sets_date: bool = False
    test: Callable[[Row, str, TargetTestContext], TargetTestResult] | None = None
    test_label: str = "Test connection"
    max_concurrent: int = 8
    checked_address: Callable[[str], str] = str
    folder: Callable[[Row], Path] | None = None

    @property
    def is_sent_to(self) -> bool:
        """Return whether IGNY8 sends articles to such a target; otherwise a person publishes."""
        return self.publish is not None

    @property
    def needs_secret(self) -> bool:
        """Return whether sending requires a secret."""
        return any(each.type == SECRET and each.is_required for each in self.fields)


def log_nothing(line: str) -> None:
    """Ignore log lines: a test belongs to no publication."""
