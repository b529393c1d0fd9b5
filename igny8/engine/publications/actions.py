"""Actions of people and approvals on publications, other than publishing now.

Each function is part of the caller's transaction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.engine.publications.claims import WITHDRAWN
from igny8.engine.publications.kinds import KINDS
from igny8.models import Publication, PublishingTarget

publication = Publication.__table__
BY_APPROVAL = "approval"


def schedule(
    tx: Connection,
    site_id: int,
    content_id: int,
    target: Row,
    who: str,
    publish_at: datetime,
    wanted: str = "publish",
) -> bool:
    """Schedule an approved article at a target; return False if it is being published there.

    A target that supports dates receives it now; others receive it at that time.
    """
    is_now = KINDS[target.kind].sets_date and wanted == "publish"
    not_before = None if is_now else publish_at
    return Publication.request(
        tx,
        site_id,
        content_id,
        target.id,
        who,
        wanted,
        publish_at=publish_at,
        not_before=not_before,
    )


def unpublish(tx: Connection, site_id: int, content_id: int, target: Row, who: str) -> bool:
    """Request the removal of a published article; return False if nothing is published.

    For what a person published by hand, or what is only scheduled here, just the record is removed.
    """
    row = Publication.find(tx, content_id, target.id)
    if row is None or row.site_id != site_id:
        return False
    fresh: dict[str, Any] = {
        "attempts": 0,
        "not_before": None,
        "publish_at": None,
        "check_at": None,
    }
    sources = ("published", "outdated", "failed", "scheduled")
    if not KINDS[target.kind].is_sent_to or (row.state == "scheduled" and not row.remote_id):
        return Publication.transition(tx, row.id, sources, "removed", who, remote_url="", **fresh)
    if not row.remote_id or KINDS[target.kind].unpublish is None:
        return False
    return Publication.transition(tx, row.id, sources, "removing", who, **fresh)


def withdraw(tx: Connection, content_id: int, who: str) -> None:
    """Cancel the scheduled publications of an article that is no longer approved."""
    query = select(publication).where(
        publication.c.content_id == content_id, publication.c.state == "scheduled"
    )
    for row in tx.execute(query).all():
        state = "removing" if row.remote_id else "failed"
        Publication.transition(
            tx, row.id, ("scheduled",), state, who, WITHDRAWN, not_before=None, publish_at=None
        )


def follow_approval(
    tx: Connection,
    site_id: int,
    content_id: int,
    to_calendar: Callable[[Connection, int, int, Row, str], bool],
) -> None:
    """Publish an article that was just approved at the targets that are set to do so.

    `to_calendar` schedules it for the next free slot of a target.
    """
    for target in PublishingTarget.sent_to(tx, site_id):
        row = Publication.find(tx, content_id, target.id)
        is_new = row is None or (row.state in ("outdated", "failed") and not row.changed_there)
        if not is_new or target.on_approval == "nothing":
            continue
        if target.on_approval == "calendar":
            to_calendar(tx, site_id, content_id, target, BY_APPROVAL)
        elif target.hold_hours:
            at = clock.now() + timedelta(hours=target.hold_hours)
            held: dict[str, Any] = {"publish_at": at, "not_before": at}
            Publication.request(tx, site_id, content_id, target.id, BY_APPROVAL, **held)
        else:
            Publication.request(tx, site_id, content_id, target.id, BY_APPROVAL)
