"""Check whether published articles are still there and unchanged.

Each publication is checked once a night (check_times.py) and on request. The worker that writes its
next time does the check, so it is done once; if that worker dies, the check is repeated the next
night.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update

from igny8 import clock
from igny8.engine.claim_lease import LostClaim
from igny8.engine.publications.check_times import next_check
from igny8.engine.publications.kinds import KINDS
from igny8.engine.publications.work import RemoteChanged, RemoteMissing, Work
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Publication, PublicationEvent, PublishingTarget

publication, target = Publication.__table__, PublishingTarget.__table__
CHECKER = "check"
TARGET_PAUSE = timedelta(minutes=10)  # after a target did not answer


def check_next() -> bool:
    """Check a publication that is due; return whether one was found."""
    row = _take()
    if row is None:
        return False
    try:
        work = Work.load(row, lambda: False, needs_approval=False)
        check = KINDS[work.target.kind].check
        if check is not None:
            check(work)
        _note(row, "", "")
    except RemoteMissing as gone:
        _note(row, "missing", str(gone))
    except RemoteChanged as change:
        found = {"changed_there": True, "theirs": change.theirs}
        _note(row, "outdated", str(change), **found)
    except LostClaim:
        pass  # the article or its target was removed a moment ago
    except ExternalError as error:
        _postpone(row, str(error))
    return True


def request_check(tx: Any, site_id: int, content_id: int, target_id: int) -> bool:
    """Request a check of a publication soon; return False if nothing is published there."""
    statement = (
        update(publication)
        .where(
            publication.c.site_id == site_id,
            publication.c.content_id == content_id,
            publication.c.target_id == target_id,
            publication.c.state == "published",
        )
        .values(check_at=clock.now())
    )
    return tx.execute(statement).rowcount == 1


def _take() -> Row | None:
    """Set the next time of a publication that is due and return it; None if there is none."""
    now = clock.now()
    kinds = [kind.name for kind in KINDS.values() if kind.check is not None]
    query = (
        select(publication)
        .join(target, target.c.id == publication.c.target_id)
        .where(
            publication.c.state == "published",
            publication.c.remote_id.is_not(None),
            or_(publication.c.check_at.is_(None), publication.c.check_at <= now),
            or_(target.c.paused_until.is_(None), target.c.paused_until <= now),
            target.c.kind.in_(kinds),
        )
        .order_by(publication.c.check_at, publication.c.id)
        .limit(1)
    )
    with read_transaction() as tx:
        row = tx.execute(query).first()
    if row is None:
        return None
    with write_transaction() as tx:
        statement = (
            update(publication)
            .where(
                publication.c.id == row.id,
                publication.c.state == "published",
                publication.c.check_at.is_not_distinct_from(row.check_at),
            )
            .values(check_at=next_check(tx, row.site_id, now))
        )
        return row if tx.execute(statement).rowcount == 1 else None


def _note(row: Row, state: str, why: str, **values: Any) -> None:
    """Store the result of a check, unless the publication changed meanwhile."""
    with write_transaction() as tx:
        still = publication.c.id == row.id, publication.c.changed_at == row.changed_at
        now = clock.now()
        statement = update(publication).where(*still).values(checked_at=now)
        if tx.execute(statement).rowcount == 1 and state:
            Publication.transition(tx, row.id, ("published",), state, CHECKER, why, **values)


def _postpone(row: Row, why: str) -> None:
    """Log that a check failed, and postpone the checks of this target."""
    with write_transaction() as tx:
        PublicationEvent.log_request(tx, row.id, f"not checked: {why}"[:500])
        until = clock.now() + TARGET_PAUSE
        PublishingTarget.pause(tx, row.target_id, until, why)
