"""Approved texts take the next free slots of a site's plan; missed slots are made up for once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.engine.publications import actions, worker
from igny8.engine.publications.calendar import fill, move_missed, next_free_slot, slots
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingPlan, PublishingTarget
from tests.web.conftest import fill as fill_site

EVERY_DAY = list(range(7))


@pytest.fixture
def folder(app, site):
    """Return the row of a folder target of a site with four approved articles and two slots a day."""
    with write_transaction() as tx:
        fill_site(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        PublishingPlan.store(
            tx, site.id, days=EVERY_DAY, times=["09:00", "15:00"], missed="catch_up"
        )
        options = {"format": "plain"}
        target_id = PublishingTarget.create(
            tx, site.id, "folder", None, name="Files", options=options
        )
        return PublishingTarget.find(tx, site.id, target_id)


def rows():
    table = Publication.__table__
    with read_transaction() as tx:
        return tx.execute(select(table).order_by(table.c.content_id)).all()


def test_slots_follow_daylight_saving_time_of_the_site():
    plan = SimpleNamespace(days=[6], times=["02:30", "09:00"])
    after = datetime(
        2026, 3, 28, 12, tzinfo=UTC
    )  # the night to Sunday, clocks go forward in Berlin
    found = list(slots(plan, "Europe/Berlin", after, days=9))
    assert found == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 7, 0, tzinfo=UTC),
        datetime(2026, 4, 5, 0, 30, tzinfo=UTC),
        datetime(2026, 4, 5, 7, 0, tzinfo=UTC),
    ]


def test_each_article_takes_a_slot_of_its_own(site, folder):
    assert fill(site.id, folder, "anna") == 4 and fill(site.id, folder, "anna") == 0
    times = [row.publish_at for row in rows()]
    assert times == sorted(set(times)) and {at.hour for at in times} == {9, 15}
    with read_transaction() as tx:
        assert next_free_slot(tx, site.id, folder.id) > times[-1]


def test_released_slot_is_used_next(site, folder):
    fill(site.id, folder, "anna")
    first = rows()[0]
    with write_transaction() as tx:
        actions.unpublish(tx, site.id, first.content_id, folder, "anna")
        assert next_free_slot(tx, site.id, folder.id) == first.publish_at


@pytest.mark.parametrize(("missed", "published"), [("catch_up", 1), ("skip", 0)])
def test_missed_slots_are_caught_up_once_or_skipped(site, folder, hours_later, missed, published):
    with write_transaction() as tx:
        tx.execute(update(PublishingPlan).values(missed=missed))
    fill(site.id, folder, "anna")
    hours_later((rows()[-1].publish_at - clock.now()).total_seconds() + 7200)
    while worker.publish_next():
        pass
    states = [row.state for row in rows()]
    assert states.count("published") == published
    later = [row.publish_at for row in rows() if row.state == "scheduled"]
    assert len(set(later)) == 4 - published and min(later) > clock.now()


def test_slightly_late_publication_is_on_time(site, folder, hours_later):
    fill(site.id, folder, "anna")
    hours_later((rows()[0].publish_at - clock.now()).total_seconds() + 1800)
    move_missed()
    assert worker.publish_next() and rows()[0].state == "published"


def test_late_articles_without_a_plan_are_published_at_once(site, folder, hours_later):
    with write_transaction() as tx:
        tx.execute(PublishingPlan.__table__.delete())
        at = clock.now() + timedelta(hours=1)
        actions.schedule(tx, site.id, 1, folder, "anna", at)
        assert next_free_slot(tx, site.id, folder.id) is None
    hours_later(9 * 3600)
    assert worker.publish_next() and rows()[0].state == "published"
