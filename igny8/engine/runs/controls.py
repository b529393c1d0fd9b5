"""Pause, resume, cancel and dismiss a run, and raise its caps.

Each is one conditional UPDATE whose row count tells whether the action took effect, so a repeated
click does nothing. Protocol: docs/engine.md#controls.
"""

from sqlalchemy import Connection, Row, update

from igny8 import clock
from igny8.engine.runs.active_time import start_clocks
from igny8.engine.runs.provider_switch import switch_provider
from igny8.engine.runs.transitions import advance
from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.formatting import format_dollars
from igny8.models import ENDED, CircuitBreaker, Run, RunEvent, SiteSettings
from igny8.models.price import MICROS_PER_CREDIT
from igny8.models.run import HUMAN_WAITS

run, site_settings = Run.__table__, SiteSettings.__table__
EVENT_MESSAGES = {
    "pause": "Pause requested by {by}: active items are finished first",
    "resume": "Resumed by {by}",
    "cancel": "Cancel requested by {by}: active items are finished first",
}


def pause(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Pause the run at the next item boundary; return False if that was requested already."""
    return run_action(site_id, public_id, "pause", by)


def resume(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Resume a paused, pausing or blocked run; return False if it is running already.

    A run that its provider blocked continues with the one that the site has chosen since.
    """
    return run_action(site_id, public_id, "resume", by)


def cancel(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Cancel the run at the next item boundary; return False if that was requested already."""
    return run_action(site_id, public_id, "cancel", by)


def raise_cap(site_id: int, amount: int, seen_version: int, by: str = "owner") -> bool:
    """Raise the caps of a site's blocked run by so many credits and resume it.

    That is the run's own cap and, if the site has them, its caps per day and per month.
    `seen_version` is the version of the run that the person saw: a repeated click finds a newer
    one and returns False. Raise ActionRefused when the run is blocked by a cap again.
    """
    with write_transaction() as tx:
        row = _lock_run(tx, site_id, None)
        if row.version != seen_version:
            if row.block_kind == "budget":
                raise ActionRefused("The caps have changed. Check them, then raise them again.")
            return False
        _raise_caps(tx, row, amount)
        raised = format_dollars(amount * MICROS_PER_CREDIT)
        RunEvent.log(tx, row.id, "raised", f"Caps raised by {raised} by {by}")
        changed = _apply_action(tx, row, "resume", by, is_raised=True)
    if changed:
        advance(row.id)
    return changed


def _raise_caps(tx: Connection, row: Row, amount: int) -> None:
    tx.execute(
        update(run)
        .where(run.c.id == row.id)
        .values(credits_cap=run.c.credits_cap + amount, version=run.c.version + 1)
    )
    tx.execute(
        update(site_settings)
        .where(site_settings.c.site_id == row.site_id)
        .values(
            cap_day=site_settings.c.cap_day + amount,
            cap_month=site_settings.c.cap_month + amount,
        )
    )


def dismiss(site_id: int, public_id: str) -> bool:
    """Remove an ended run from the Automation page; it stays in the history."""
    with write_transaction() as tx:
        row = _lock_run(tx, site_id, public_id)
        if row.state not in ENDED:
            raise ActionRefused(
                f"Run #{row.number} has not ended. Cancel it first, or let it finish."
            )
        dismissed = tx.execute(
            update(run)
            .where(run.c.id == row.id, run.c.dismissed.is_(False))
            .values(dismissed=True, version=run.c.version + 1)
        )
        return dismissed.rowcount == 1


def run_action(site_id: int, public_id: str | None, action: str, by: str) -> bool:
    """Apply an action of ACTIONS to a run; return False if it has no effect any more.

    Raise ActionRefused if the state of the run does not allow it.
    """
    with write_transaction() as tx:
        row = _lock_run(tx, site_id, public_id)
        changed = _apply_action(tx, row, action, by)
    if changed:
        advance(row.id)
    return changed


def _apply_action(tx: Connection, row: Row, action: str, by: str, is_raised: bool = False) -> bool:
    if row.state in ENDED:
        raise ActionRefused(f"Run #{row.number} has ended already. Start another one.")
    is_capped = Run.is_blocked_by_own_cap(row) and row.desired_state == "go"
    if action == "resume" and is_capped and not is_raised:
        raise ActionRefused(
            f"Run #{row.number} is blocked by its own cap. Raise the cap: the run then continues."
        )
    if action == "resume" and row.block_kind in HUMAN_WAITS and row.desired_state == "go":
        raise ActionRefused(f"Run #{row.number} waits for people: {row.status_reason}")
    changed = Run.apply_action(tx, row.id, action)
    if not changed and row.desired_state == "cancel" and action != "cancel":
        raise ActionRefused(
            f"Run #{row.number} is being cancelled. Wait for it to end, then start another one."
        )
    if changed and action == "resume":
        _prepare_resume(tx, row)
    if changed:
        RunEvent.log(tx, row.id, action, EVENT_MESSAGES[action].format(by=by))
    return changed


def _prepare_resume(tx: Connection, row: Row) -> None:
    """Switch the provider if the site chose another one, and let one request probe it."""
    switch_provider(tx, row)
    start_clocks(tx, row)
    if row.block_breaker_key:
        CircuitBreaker.allow_probe(tx, row.block_breaker_key, clock.now().timestamp())


def _lock_run(tx: Connection, site_id: int, public_id: str | None) -> Row:
    """Lock a run by public id, or the site's open or latest one; raise ActionRefused if none."""
    if public_id:
        row = Run.find(tx, site_id, public_id)
    else:
        row = Run.find_open(tx, site_id) or Run.find(tx, site_id)
    if row is not None:
        row = Run.lock(tx, row.id)
    if row is None:
        missing = "This site has no run of that id."
        none_yet = "This site has no run yet. Start one first."
        raise ActionRefused(missing if public_id else none_yet, 404)
    return row
