"""The register of checks, in the order in which they run."""

import importlib
from typing import NamedTuple

from igny8.upkeep.doctor.finding import Finding

TABLES = ("database", "tables")


class Check(NamedTuple):
    """A check: its area, its function, and the areas that must have no problem for it to run."""

    area: str
    function: str  # module below igny8.upkeep.doctor, then the function
    needs: tuple[str, ...] = ()


CHECKS = (
    Check("data", "environment.data_folder"),
    Check("disk", "environment.disk"),
    Check("database", "database.database"),
    Check("tables", "database.tables", ("database",)),
    Check("queue", "database.queue"),
    Check("address", "public_address.check_public_address"),
    Check("workers", "workers.workers", TABLES),
    Check("clocks", "workers.clocks", TABLES),
    Check("runs", "workers.runs", TABLES),
    Check("schedules", "runtime.schedules", TABLES),
    Check("outbound", "environment.outbound_proxy"),
    Check("providers", "runtime.providers", TABLES),
    Check("accounts", "runtime.accounts", TABLES),
    Check("backup", "runtime.check_backup_age", TABLES),
    Check("sizes", "files.stored_sizes", TABLES),
    Check("images", "files.images", TABLES),
    Check("files", "files.orphans", TABLES),
    Check("restore", "files.killed_restores"),
    Check("drawing", "drawing.check_drawing"),
    Check("parts", "environment.optional_parts"),
)


def run_checks(areas: tuple[str, ...] = ()) -> list[Finding]:
    """Return the findings of all checks, or of those in `areas`, in the order of the register.

    A check is skipped if an area that it depends on has a problem.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        if areas and check.area not in areas:
            continue
        if any(f.level == "bad" and f.area in check.needs for f in findings):
            continue
        module_name, name = check.function.split(".")
        # imported when it runs: the drawing check needs Pillow, which the web process never loads
        module = importlib.import_module(f"igny8.upkeep.doctor.{module_name}")
        findings += [Finding(check.area, *result) for result in getattr(module, name)()]
    return findings
