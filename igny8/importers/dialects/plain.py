"""A plain list: one phrase per line, typed or pasted, without its bullets and numbers."""

import re
from collections.abc import Sequence

from igny8.importers.dialects.base import Dialect

LIST = Dialect(name="plain", label="Plain list, one phrase a line", fields={"text": ()})

_BULLET = re.compile(r"^\s*(?:[•●▪◦‣·–—*-])\s+")
_NUMBER = re.compile(r"^\s*\d{1,5}[.)]\s+")


def marker(lines: Sequence[str]) -> re.Pattern:
    """Return the pattern of list markers, including numbers if most lines begin with one."""
    numbered = sum(bool(_NUMBER.match(line)) for line in lines)
    return _NUMBER if lines and numbered >= 0.8 * len(lines) else _BULLET


def is_comment(line: str) -> bool:
    """Return whether a line of a list is a comment: a # with a space or nothing after it."""
    return line.startswith("#") and not line[1:2].strip()
