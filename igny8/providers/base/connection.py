"""What the test of a connection to a model server reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One kind of request: `works` is None where it was not tried; `detail` says what was seen."""

    kind: str
    model: str
    works: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """Whether an endpoint works, a sentence, its models, and a row per kind of request."""

    ok: bool
    text: str
    models: tuple[str, ...] = ()
    rows: tuple[ConnectionRow, ...] = ()
