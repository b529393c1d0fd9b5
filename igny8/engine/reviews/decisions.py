"""Decide about an article in review, including the effects on its publications."""

from sqlalchemy import Connection

from igny8.engine.publications.actions import follow_approval
from igny8.engine.publications.calendar import schedule_next
from igny8.models import Content, Publication


def decide(
    tx: Connection,
    site_id: int,
    content_id: int,
    verdict: str,
    reason: str = "",
    by: str = "",
    version: int | None = None,
    rule_hours: int | None = None,
) -> bool:
    """Call Content.decide, then publish an approved article where targets are set to do so."""
    decided = Content.decide(tx, site_id, content_id, verdict, reason, by, version, rule_hours)
    if decided and verdict == "approved":
        Publication.mark_outdated(tx, content_id, by)
        follow_approval(tx, site_id, content_id, schedule_next)
    return decided
