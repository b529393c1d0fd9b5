"""`igny8 doctor`: every check of an installation, each trouble with what to do about it."""

from dataclasses import asdict, dataclass

from igny8.upkeep.doctor import environment, runtime
from igny8.version import version

LEVELS = ("ok", "note", "warn", "bad")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `level` is "ok", "note" (good to know), "warn" (look at it) or "bad" (act)."""

    area: str
    level: str
    text: str
    cure: str = ""


# area, check, areas whose trouble makes it pointless
CHECKS = (
    ("data", environment.data_folder, ()),
    ("disk", environment.disk, ()),
    ("database", environment.database, ()),
    ("tables", environment.tables, ("database",)),
    ("queue", environment.queue, ()),
    *(
        (area, check, ("database", "tables"))
        for area, check in (
            ("workers", runtime.workers),
            ("clocks", runtime.clocks),
            ("runs", runtime.runs),
            ("providers", runtime.providers),
            ("accounts", runtime.accounts),
            ("images", runtime.images),
            ("files", runtime.files),
        )
    ),
    ("parts", environment.optional_parts, ()),
)


def run_checks(areas: tuple[str, ...] = ()) -> list[Finding]:
    """Return all findings (of these areas), in the order of the checks; what another trouble makes pointless is left
    out."""
    found: list[Finding] = []
    for area, check, needs in CHECKS:
        if areas and area not in areas:
            continue
        if not any(f.level == "bad" and f.area in needs for f in found):
            found += [Finding(area, *told) for told in check()]
    return found


def report(findings: list[Finding]) -> dict:
    """Return the findings as plain values: {status, version, findings}; status is the worst level."""
    worst = max((LEVELS.index(f.level) for f in findings), default=0)
    return {
        "status": LEVELS[worst],
        "version": version(),
        "findings": [asdict(f) for f in findings],
    }


def is_healthy(findings: list[Finding]) -> bool:
    """Return whether nobody has to look at anything."""
    return all(f.level in ("ok", "note") for f in findings)
