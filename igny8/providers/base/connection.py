"""The result of a connection test of a model server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One kind of request: `works` is None if it was not tried; `detail` describes the result."""

    kind: str
    model: str
    works: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """Whether an endpoint works, a message, its models, and a row per kind of request."""

    ok: bool
    text: str
    models: tuple[str, ...] = ()
    rows: tuple[ConnectionRow, ...] = ()
