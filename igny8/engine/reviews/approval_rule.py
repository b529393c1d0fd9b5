"""Approve articles by the rules of their sites: docs/engine.md#approval.

The approval is a compare-and-set on the article, so it happens once even if several workers try.
"""

import logging
from collections.abc import Callable

from sqlalchemy import Connection, Row, select

from igny8.engine.fault_injection import fault_point
from igny8.engine.reviews.claims import claims_in
from igny8.engine.reviews.decisions import decide
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ApprovalRule, AuditEntry, Content, Run, RunEvent, Site
from igny8.models.queries import articles, rule_approvals

BATCH = 50  # articles of a site in one look
BY_RULE = "rule"
log = logging.getLogger(__name__)


def approve_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Approve the articles that are due by a rule; return how many."""
    with read_transaction() as tx:
        rules = [rule for rule in ApprovalRule.list_all(tx) if rule.handed_over_until]
        due = [(rule, id_) for rule in rules for id_ in rule_approvals.due_ids(tx, rule, BATCH)]
    count = 0
    for rule, content_id in due:
        if stopping():
            break
        count += _approve(rule, content_id)
        fault_point("approval_stored")
    return count


def _approve(rule: ApprovalRule, content_id: int) -> bool:
    """Approve an article unless it has unsourced claims; return whether it was approved."""
    with read_transaction() as tx:
        row = articles.find(tx, rule.site_id, content_id)
        claims = [] if row is None else claims_in(tx, row)
    if row is None:
        return False
    fault_point("approval_due")
    with write_transaction() as tx:
        Run.lock_open_run(tx, rule.site_id)
        is_same = ApprovalRule.lock(tx, rule.site_id) == rule
        if not (is_same and rule_approvals.is_due(tx, rule, content_id)):
            return False
        if all(claim.is_sourced for claim in claims):
            return _decide(tx, rule, row)
        Content.require_person(tx, content_id, "unsourced")
        Run.touch_open_run(tx, rule.site_id)
    return False


def _decide(tx: Connection, rule: ApprovalRule, row: Row) -> bool:
    """Approve an article as it was read, and log it; False if it changed or was decided."""
    words = f"approved by rule after {rule.hours:,} h"
    reason = f"{words}: all checks passed, no claim without a source, nobody objected"
    if not decide(
        tx, rule.site_id, row.id, "approved", reason, BY_RULE, row.version, rule_hours=rule.hours
    ):
        return False
    slug = tx.execute(select(Site.slug).where(Site.id == rule.site_id)).scalar_one()
    detail = f"content_id {row.id}, {words}"
    AuditEntry.log(tx, "content: approve by rule", BY_RULE, site=slug, detail=detail)
    if row.run_id is not None:
        RunEvent.log(tx, row.run_id, "by_rule", f"“{row.title}” was {words}")
    fault_point("approval_decided")
    log.info("article %d of site %s %s", row.id, slug, words)
    return True
