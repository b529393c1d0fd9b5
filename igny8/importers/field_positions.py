"""Find the column of each field: by the dialect's names, by common names, by order."""

from collections.abc import Collection, Sequence

from igny8.importers.dialects.base import Dialect, find, matching
from igny8.keyword_fields import BY_NAME, FIELDS, OTHERS, PREVIOUS

_PREVIOUS_FIELDS = [field for field in FIELDS if field.name.startswith("previous_")]


def field_positions(dialect: Dialect, keys: Sequence[str]) -> dict[str, int]:
    """Return the position of each field: the dialect's names first, then the common ones.

    `keys` are the column names in the form of column_key().
    """
    places = {
        name: at for name, names in dialect.fields.items() if (at := find(names, keys)) is not None
    }
    blocked = {*places.values(), *_spoken_for(dialect, keys)}
    if dialect.general:
        _add_general(places, blocked, dialect, keys)
    if dialect.compares:
        _add_second(places, blocked, dialect, keys)
    if len(keys) == len(dialect.order):
        _add_by_order(places, blocked, dialect)
    return {name: places[name] for name in BY_NAME if name in places}


def _spoken_for(dialect: Dialect, keys: Sequence[str]) -> set[int]:
    """Return the columns that the dialect ignores or uses as flags, and those of other fields."""
    flags = tuple(dialect.flags)
    return {
        at
        for at, key in enumerate(keys)
        if matching(dialect.ignored, key) or matching(OTHERS, key) or find(flags, [key]) is not None
    }


def _add_general(
    places: dict[str, int], blocked: set[int], dialect: Dialect, keys: Sequence[str]
) -> None:
    """Add the remaining fields by their common names; columns of the past only to theirs."""
    past = {at for at, key in enumerate(keys) if find(PREVIOUS, [key]) is not None}
    for field in [*_PREVIOUS_FIELDS, *FIELDS]:
        if field.name in places or field.name in dialect.without:
            continue
        closed = blocked if field in _PREVIOUS_FIELDS else blocked | past
        if (at := find(field.names, keys, closed)) is not None:
            places[field.name] = at
            blocked.add(at)


def _add_second(
    places: dict[str, int], blocked: set[int], dialect: Dialect, keys: Sequence[str]
) -> None:
    """Add the fields of the earlier period by a second column of the same kind."""
    for field in _PREVIOUS_FIELDS:
        now = BY_NAME[field.name.removeprefix("previous_")]
        if field.name in places or now.name not in places or field.name in dialect.without:
            continue
        if (at := find(now.names, keys, blocked)) is not None:
            places[field.name] = at
            blocked.add(at)


def _add_by_order(places: dict[str, int], blocked: Collection[int], dialect: Dialect) -> None:
    """Add the remaining fields by the column order of the tool."""
    for at, name in enumerate(dialect.order):
        if name and name not in places and at not in blocked and name not in dialect.without:
            places[name] = at
