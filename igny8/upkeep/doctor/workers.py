"""Check the workers, their clocks, and the runs that do not advance."""

from typing import Any

from igny8 import progress
from igny8.formatting import pluralize
from igny8.upkeep.doctor.finding import CheckResult
from igny8.version import version


def workers() -> CheckResult:
    """Yield which workers are online, of another version, or lost."""
    overview = progress.workers_overview(version())
    if not overview["online"]:
        yield "note", "No worker is running here or elsewhere.", "igny8 worker, or igny8 serve"
        return
    yield (
        "ok",
        f"{pluralize(overview['online'], 'workers')} online, "
        f"for {pluralize(overview['slots'], 'items')} in parallel.",
    )
    for worker in overview["workers"]:
        yield from _check_worker(worker)
    if overview["quarantined"]:
        yield (
            "warn",
            f"{pluralize(len(overview['quarantined']), 'items')} failed for crashing their worker "
            "three times.",
            "They are on the page /workers; the workers' log says what killed them.",
        )


def _check_worker(worker: dict[str, Any]) -> CheckResult:
    """Yield a finding if a worker is of another version, or lost."""
    name = f"The worker on {worker['host']} (pid {worker['pid']})"
    if worker["other_version"]:
        yield (
            "warn",
            f"{name} runs version {worker['version']}, this is {version()}.",
            "Update IGNY8 there and restart it, or here, when that one is newer.",
        )
    if worker["state"] == "lost":
        yield (
            "warn",
            f"{name} was last seen at {worker['last_seen']:%H:%M:%S} UTC and did not sign off.",
            "Its items are requeued by other processes. If it should run, check its log.",
        )


def clocks() -> CheckResult:
    """Yield workers whose clocks differ from the database server's."""
    wrong = [w for w in progress.workers_overview(version())["workers"] if w["clock_is_off"]]
    for worker in wrong:
        yield (
            "warn",
            f"The clock of {worker['host']} is {worker['skew']:+,.0f} s from the database "
            "server's, so it may look lost, and times on the pages are wrong.",
            "Let NTP set the clocks of all machines.",
        )
    if not wrong:
        yield "ok", "No clock of a worker is known to be wrong."


def runs() -> CheckResult:
    """Yield open runs that do not advance, with the reason."""
    stuck = progress.find_stuck_runs()
    for line in stuck:
        yield line["level"], line["text"], line["cure"]
    if not stuck:
        yield "ok", "No run is stuck."
