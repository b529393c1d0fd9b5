"""The findings of checks, and their report."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from igny8.version import version

LEVELS = ("ok", "note", "warn", "bad")

# what a check yields: (level, what was found), and where there is something to do, what to do
CheckResult = Iterator[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `level` is "ok", "note" (for information), "warn" (check it) or "bad" (act)."""

    area: str
    level: str
    text: str
    cure: str = ""


def report(findings: list[Finding]) -> dict[str, Any]:
    """Return {status, version, findings} as plain values; status is the worst level."""
    worst = max((LEVELS.index(f.level) for f in findings), default=0)
    return {
        "status": LEVELS[worst],
        "version": version(),
        "findings": [asdict(f) for f in findings],
    }


def is_healthy(findings: list[Finding]) -> bool:
    """Return whether no finding needs attention."""
    return all(f.level in ("ok", "note") for f in findings)
