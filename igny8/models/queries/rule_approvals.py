"""The articles that the approval rule of a site applies to."""

from typing import Any

from sqlalchemy import Row, Text, cast, exists

from igny8.models import Content, Image
from igny8.models.approval_rule import ApprovalRule
from igny8.models.base import Executor
from igny8.models.queries import review_queue

content, image = Content.__table__, Image.__table__
NO_CHECKS = "[]"


def due_ids(tx: Executor, rule: ApprovalRule, limit: int) -> list[int]:
    """Return the ids of the articles that are due, oldest first.

    Their factual claims are not checked here.
    """
    return list(tx.execute(_due(rule).limit(limit)).scalars())


def is_due(tx: Executor, rule: ApprovalRule, content_id: int) -> bool:
    """Return whether an article is due."""
    return tx.execute(_due(rule).where(content.c.id == content_id)).first() is not None


def obstacle(row: Row[Any], images: Any) -> str:
    """Return what, besides its history, excludes an article (a row) from the rule; else ""."""
    if not row.checks:
        return "it has no checks"
    if not all(check["ok"] for check in row.checks):
        return "not all checks pass"
    return "" if all(i.status == "generated" for i in images) else "an image is missing"


def _due(rule: ApprovalRule) -> Any:
    missing = exists().where(image.c.content_id == content.c.id, image.c.status != "generated")
    return (
        review_queue.waiting(rule.site_id)
        .with_only_columns(content.c.id)
        .where(
            content.c.handed_over_at <= rule.handed_over_until,
            content.c.person_only == "",
            review_queue.passes_checks(),
            cast(content.c.checks, Text) != NO_CHECKS,
            ~missing,
        )
    )
