"""What a kind of publishing target is: its words, form fields, test, and steps.

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
    """A field of the form of a target.

    `type`: text, web (an address that may have a query), server (one that has none), secret,
    choice or tick. `what` is named by the message about an empty field. `check` returns the value
    to store, or raises ValueError with a message. `suggest` returns the value of a new target.
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
    """What a test needs besides the target; `message_id` is that of a webhook's message."""

    site: Row
    message_id: str
    allowed: Allowlist


@dataclass(frozen=True)
class TargetTestResult:
    """What a test found out: a sentence, `notes` to it, and `facts` to store with the target."""

    ok: bool
    text: str
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of target; one without `publish` is published to by a person.

    `noun` follows “Add a” and “New”. `test` takes the target's row, its secret, and the context.
    `check` raises RemoteMissing or RemoteChanged when a text is not as it was left. With
    `sets_date` the target itself shows a text at its time. `checked_address` returns the web
    address whose host must be allowed, "" for none; `folder` the folder of a target whose files
    can be downloaded.
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
        """Return whether texts are sent to such a target; else a person publishes."""
        return self.publish is not None

    @property
    def needs_secret(self) -> bool:
        """Return whether nothing can be sent without a secret."""
        return any(each.type == SECRET and each.is_required for each in self.fields)


def log_nothing(line: str) -> None:
    """Log nothing: a test belongs to no publication."""
