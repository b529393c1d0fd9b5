"""Check what runs: workers and their clocks, runs, providers, accounts, backups."""

from datetime import timedelta

from sqlalchemy import func, select

from igny8 import clock, progress
from igny8.engine.runs import schedule
from igny8.extensions import read_transaction
from igny8.formatting import format_age, pluralize
from igny8.models import CircuitBreaker, ProviderEndpoint, Site, SiteSettings, User
from igny8.models.circuit_breaker import is_open
from igny8.models.encryption import DecryptError, decrypt
from igny8.upkeep import last_backup
from igny8.upkeep.doctor.finding import CheckResult
from igny8.version import version

MAX_LISTED = 5
MAX_BACKUP_AGE = timedelta(days=7)


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
    if overview["quarantined"]:
        yield (
            "warn",
            f"{pluralize(len(overview['quarantined']), 'items')} failed for crashing their worker "
            "three times.",
            "They are on the page /workers; the workers' log says what killed them.",
        )


def clocks() -> CheckResult:
    """Yield which workers' clocks differ from the database server's."""
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
    """Yield why open runs do not move."""
    stuck = progress.find_stuck_runs()
    for line in stuck:
        yield line["level"], line["text"], line["cure"]
    if not stuck:
        yield "ok", "No run is stuck."


def schedules() -> CheckResult:
    """Yield which next runs are later than their schedule allows, and unknown time zones."""
    with read_transaction() as tx:
        wrong = {row.site_id: row for row in schedule.wrong_next_times(tx) if row.next_run_at}
        rows = tx.execute(select(Site.id, Site.slug).where(Site.id.in_(wrong))).all()
        zones = tx.execute(select(SiteSettings.time_zone).distinct()).scalars().all()
    for row in rows[:MAX_LISTED]:
        yield (
            "warn",
            f"The next run of {row.slug} is set to {wrong[row.id].next_run_at:%Y-%m-%d %H:%M} UTC, "
            "later than its schedule allows: a clock was wrong.",
            "A running worker computes it anew within seconds. Let NTP set the clock.",
        )
    unknown = sorted({zone for zone in zones if zone and not clock.is_time_zone(zone)})
    if unknown:
        yield (
            "warn",
            f"This machine does not know the time zone {', '.join(unknown[:MAX_LISTED])}, so times "
            "are in UTC.",
            "pip install tzdata",
        )
    if not rows and not unknown:
        yield "ok", "The next runs are where their schedules put them."


def providers() -> CheckResult:
    """Yield which circuit breakers are open, and which stored API keys cannot be decrypted."""
    now = clock.now().timestamp()
    with read_transaction() as tx:
        breakers = tx.execute(select(CircuitBreaker.__table__)).all()
        stored = tx.execute(
            select(ProviderEndpoint.name, ProviderEndpoint.encrypted_key).where(
                ProviderEndpoint.encrypted_key.is_not(None)
            )
        ).all()
    open_breakers = [breaker for breaker in breakers if is_open(breaker, now)]
    for breaker in open_breakers:
        yield (
            "warn",
            f"{breaker.label or breaker.key} is paused for another "
            f"{breaker.open_until - now:,.0f} s: {breaker.reason}.",
            "It is retried automatically. Settings → Models → Test connection shows the cause.",
        )
    undecryptable = [row.name for row in stored if not _can_decrypt(row.encrypted_key)]
    if undecryptable:
        yield (
            "bad",
            f"The stored keys of {', '.join(undecryptable[:MAX_LISTED])} were encrypted with "
            "another encryption key.",
            "Put the encryption.key that they were stored with into the data folder (or "
            "IGNY8_ENCRYPTION_KEY), or enter them again in Settings.",
        )
    if not open_breakers and not undecryptable:
        yield "ok", f"{pluralize(len(breakers), 'model servers')} used so far; none is paused."


def accounts() -> CheckResult:
    """Yield whether an administrator exists."""
    query = select(func.count()).select_from(User).where(User.is_admin, User.disabled.is_(False))
    with read_transaction() as tx:
        admins = tx.execute(query).scalar_one()
    if admins:
        yield "ok", f"{pluralize(admins, 'administrators')} can manage the installation."
    else:
        yield (
            "note",
            "There is no administrator yet, so nobody can manage the installation.",
            "igny8 setup-link",
        )


def check_backup_age() -> CheckResult:
    """Check how old the last verified backup is."""
    last = last_backup.load()
    if last is None:
        yield "note", "No backup was made yet.", "igny8 backup, each night (docs/operations.md)"
        return
    age = clock.now() - last.made_at
    text = f"The last backup was made {last.made_at:%Y-%m-%d %H:%M} UTC: {last.path}."
    if age > MAX_BACKUP_AGE:
        yield "warn", text, "igny8 backup; check the timer that should make one each night."
    else:
        yield "ok", f"{text.removesuffix('.')} ({format_age(age.total_seconds())})."


def _can_decrypt(secret: str) -> bool:
    try:
        decrypt(secret)
    except DecryptError:
        return False
    return True
