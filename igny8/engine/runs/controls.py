"""P9: pause, resume, cancel, dismiss. One conditional UPDATE each; the row count is the click's fate."""

from sqlalchemy import update

from igny8 import clock
from igny8.engine.runs.active_time import start_clocks
from igny8.engine.runs.provider_switch import switch_provider
from igny8.engine.runs.transitions import advance
from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.models import ENDED, CircuitBreaker, Run, RunEvent, SiteSettings

run = Run.__table__
EVENT_MESSAGES = {
    "pause": "Pause asked for by {by}: what is in work is finished first",
    "resume": "Resumed by {by}",
    "cancel": "Cancel asked for by {by}: what is in work is finished first",
}


def pause(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Wish that the run pauses at the item boundary; False when it does so already."""
    return run_action(site_id, public_id, "pause", by)


def resume(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Let a paused, pausing or blocked run go on; False when it goes on already.

    What a model server blocked goes on with the one that the site chose meanwhile (refit.py).
    """
    return run_action(site_id, public_id, "resume", by)


def cancel(site_id: int, public_id: str | None = None, by: str = "owner") -> bool:
    """Wish that the run ends at the item boundary; False when it does so already."""
    return run_action(site_id, public_id, "cancel", by)


def raise_cap(site_id: int, credits: int, by: str = "owner") -> bool:
    """Raise the caps that a run of the site has by so many credits, and let it go on; as resume() returns.

    The run's own cap and, as far as the site has them, its caps a day and a month.
    """
    settings = SiteSettings.__table__
    with write_transaction() as tx:
        row = _find(tx, site_id, None)
        tx.execute(
            update(run)
            .where(run.c.id == row.id, run.c.credits_cap.is_not(None))
            .values(credits_cap=run.c.credits_cap + credits, version=run.c.version + 1)
        )
        tx.execute(
            update(settings)
            .where(settings.c.site_id == site_id)
            .values(cap_day=settings.c.cap_day + credits, cap_month=settings.c.cap_month + credits)
        )
        RunEvent.log(tx, row.id, "raised", f"Caps raised by {credits:,} credits by {by}")
    return run_action(site_id, None, "resume", by, is_raised=True)


def dismiss(site_id: int, public_id: str) -> bool:
    """Put an ended run off the Automation page; it stays under Runs."""
    with write_transaction() as tx:
        row = _find(tx, site_id, public_id)
        if row.state not in ENDED:
            raise ActionRefused(
                f"Run #{row.number} has not ended. Cancel it first, or let it finish."
            )
        return (
            tx.execute(
                update(run)
                .where(run.c.id == row.id, run.c.dismissed.is_(False))
                .values(dismissed=True, version=run.c.version + 1)
            ).rowcount
            == 1
        )


def run_action(
    site_id: int, public_id: str | None, verb: str, by: str, is_raised: bool = False
) -> bool:
    with write_transaction() as tx:
        row = _find(tx, site_id, public_id)
        if row.state in ENDED:
            raise ActionRefused(f"Run #{row.number} has ended already. Start another one.")
        if (
            verb == "resume"
            and Run.is_blocked_by_own_cap(row)
            and row.desired_state == "go"
            and not is_raised
        ):
            raise ActionRefused(
                f"Run #{row.number} is blocked by its own cap. Raise the cap: the run then goes on."
            )
        changed = Run.apply_action(tx, row.id, verb)
        if not changed and row.desired_state == "cancel" and verb != "cancel":
            raise ActionRefused(
                f"Run #{row.number} is being cancelled. Wait for it to end, then start another one."
            )
        if changed:
            if verb == "resume":
                switch_provider(tx, row)
                start_clocks(tx, row)
                if row.block_breaker_key:
                    CircuitBreaker.allow_probe(tx, row.block_breaker_key, clock.now().timestamp())
            RunEvent.log(tx, row.id, verb, EVENT_MESSAGES[verb].format(by=by))
    if changed:
        advance(row.id)
    return changed


def _find(tx, site_id: int, public_id: str | None):
    row = (
        Run.find(tx, site_id, public_id)
        if public_id
        else (Run.find_open(tx, site_id) or Run.find(tx, site_id))
    )
    if row is not None:
        row = Run.lock(tx, row.id)
    if row is None:
        raise ActionRefused(
            "This site has no run of that id."
            if public_id
            else "This site has no run yet. Start one first.",
            404,
        )
    return row
