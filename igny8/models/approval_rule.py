"""The rule that approves articles of a site without a person: docs/engine.md#approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from igny8 import clock
from igny8.models.base import Executor
from igny8.models.site_settings import SiteSettings


@dataclass(frozen=True)
class ApprovalRule:
    """Approves an article `hours` after it came into review, counted from `since` at the earliest.

    `since` is when a person set the rule.
    """

    site_id: int
    hours: int
    since: datetime

    @staticmethod
    def find(tx: Executor, site_id: int) -> "ApprovalRule | None":
        """Return the rule of a site, None if it has none."""
        return _read(tx.execute(_rules().where(SiteSettings.site_id == site_id)).first())

    @staticmethod
    def lock(tx: Connection, site_id: int) -> "ApprovalRule | None":
        """Lock the rule of a site until the transaction ends and return it."""
        query = _rules().where(SiteSettings.site_id == site_id)
        return _read(tx.execute(query.with_for_update(read=True)).first())

    @staticmethod
    def list_all(tx: Executor) -> list["ApprovalRule"]:
        """Return the rules of all sites that have one."""
        found = (_read(row) for row in tx.execute(_rules()).all())
        return [rule for rule in found if rule is not None]

    @staticmethod
    def change(tx: Connection, site_id: int, hours: int | None) -> bool:
        """Set the hours of a site's rule, None for no rule; return False if nothing changes.

        The waiting time of articles counts from now on.
        """
        rule = ApprovalRule.find(tx, site_id)
        if hours == (rule.hours if rule else None):
            return False
        since = None if hours is None else clock.now()
        return SiteSettings.change(tx, site_id, rule_hours=hours, rule_since=since)

    @property
    def handed_over_until(self) -> datetime | None:
        """Return the latest time of hand-over that is due now; None if nothing can be due."""
        limit = clock.now() - timedelta(hours=self.hours)
        return limit if self.since <= limit else None

    def due_at(self, handed_over_at: datetime) -> datetime:
        """Return when an article that came into review at a time is approved."""
        return max(handed_over_at, self.since) + timedelta(hours=self.hours)


def _rules() -> Select[Any]:
    columns = SiteSettings.site_id, SiteSettings.rule_hours, SiteSettings.rule_since
    return select(*columns).where(SiteSettings.rule_hours.is_not(None))


def _read(row: Row[Any] | None) -> ApprovalRule | None:
    return None if row is None else ApprovalRule(row.site_id, row.rule_hours, row.rule_since)
