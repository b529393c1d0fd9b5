"""Check the running system: schedules, providers, accounts, backups."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from igny8 import clock
from igny8.engine.runs import schedule
from igny8.extensions import read_transaction
from igny8.formatting import format_age, pluralize
from igny8.models import CircuitBreaker, ProviderEndpoint, Site, SiteSettings, User
from igny8.models.circuit_breaker import is_open
from igny8.models.encryption import is_undecryptable
from igny8.upkeep import last_backup
from igny8.upkeep.doctor.finding import CheckResult

MAX_LISTED = 5
MAX_BACKUP_AGE = timedelta(days=7)


def schedules() -> CheckResult:
    """Yield next runs that are later than their schedule allows, and unknown time zones."""
    too_late, unknown = _runs_too_far_ahead(), _unknown_time_zones()
    for slug, next_run_at in too_late[:MAX_LISTED]:
        yield (
            "warn",
            f"The next run of {slug} is set to {next_run_at:%Y-%m-%d %H:%M} UTC, later than its "
            "schedule allows: a clock was wrong.",
            "A running worker computes it anew within seconds. Let NTP set the clock.",
        )
    if unknown:
        yield (
            "warn",
            f"This machine does not know the time zone {', '.join(unknown[:MAX_LISTED])}, so times "
            "are in UTC.",
            "pip install tzdata",
        )
    if not too_late and not unknown:
        yield "ok", "The next runs are where their schedules put them."


def _runs_too_far_ahead() -> list[tuple[str, datetime]]:
    """Return (site slug, time of the next run) for times set by a wrong clock."""
    with read_transaction() as tx:
        times = {row.site_id: row.next_run_at for row in schedule.wrong_next_times(tx)}
        sites = tx.execute(select(Site.id, Site.slug).where(Site.id.in_(times))).all()
    return [(site.slug, times[site.id]) for site in sites if times[site.id]]


def _unknown_time_zones() -> list[str]:
    with read_transaction() as tx:
        zones = tx.execute(select(SiteSettings.time_zone).distinct()).scalars().all()
    return sorted({zone for zone in zones if zone and not clock.is_time_zone(zone)})


def providers() -> CheckResult:
    """Yield open circuit breakers, and stored API keys that cannot be decrypted."""
    now = clock.now().timestamp()
    with read_transaction() as tx:
        breakers = tx.execute(select(CircuitBreaker.__table__)).all()
    open_breakers = [breaker for breaker in breakers if is_open(breaker, now)]
    for breaker in open_breakers:
        yield (
            "warn",
            f"{breaker.label or breaker.key} is paused for another "
            f"{breaker.open_until - now:,.0f} s: {breaker.reason}.",
            "It is retried automatically. Settings → Models → Test connection shows the cause.",
        )
    undecryptable = _undecryptable_keys()
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


def _undecryptable_keys() -> list[str]:
    """Return the names of model servers whose key cannot be decrypted here."""
    key = ProviderEndpoint.encrypted_key
    with read_transaction() as tx:
        stored = tx.execute(select(ProviderEndpoint.name, key).where(key.is_not(None))).all()
    return [row.name for row in stored if is_undecryptable(row.encrypted_key)]


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
    """Yield the age of the last verified backup, as a warning if it is too old."""
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
