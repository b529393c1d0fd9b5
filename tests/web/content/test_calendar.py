"""The calendar shows what appears when, takes a plan, and moves what is scheduled."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.models import Content, Publication, PublishingTarget

PAGE = "/sites/green-garden/calendar"
PLAN = {"days": ["0", "2", "4"], "times": "09:00, 15:30", "missed": "skip"}


@pytest.fixture
def target(garden, monkeypatch) -> int:
    """Return a target of a site with four approved articles, on a Tuesday."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 10, tzinfo=UTC))
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
        options = {"format": "plain"}
        return PublishingTarget.create(tx, garden, "folder", None, name="Files", options=options)


def times() -> list[str]:
    db.session.rollback()
    query = select(Publication.publish_at).order_by(Publication.content_id)
    return [f"{at:%d %H:%M}" for at in db.session.execute(query).scalars()]


def test_approved_articles_fill_the_plan(client, target):
    empty = client.post(f"{PAGE}/fill", data={"target_id": target}, follow_redirects=True)
    assert "no free times" in empty.text
    assert client.post(f"{PAGE}/plan", data=PLAN).status_code == 303
    assert "15:30 free" in client.get(PAGE).text
    done = client.post(f"{PAGE}/fill", data={"target_id": target}, follow_redirects=True).text
    assert "4 articles scheduled at Files." in done
    assert times() == ["02 09:00", "02 15:30", "04 09:00", "04 15:30"]
    shown = client.get(f"{PAGE}?week=2026-12-01").text
    assert shown.count('class="entry"') == 4 and "How to start seeds" in shown
    assert client.get(f"{PAGE}?month=2027-02-01").text.count('class="entry"') == 0


def test_article_is_moved_by_form_and_by_day(client, target):
    client.post(f"{PAGE}/plan", data=PLAN)
    client.post(f"{PAGE}/fill", data={"target_id": target})
    assert client.post(f"{PAGE}/1/move", data={"publish_at": "2026-12-08T11:15"}).status_code == 303
    client.post(f"{PAGE}/2/move", data={"day": "2026-12-09"})
    assert times()[:2] == ["08 11:15", "09 15:30"]
    for wrong in ({"publish_at": "2026-11-08T11:15"}, {"day": "x"}, {}):
        assert client.post(f"{PAGE}/1/move", data=wrong).status_code == 400
    assert client.post(f"{PAGE}/99/move", data={"day": "2026-12-09"}).status_code == 400


@pytest.mark.parametrize("wrong", [{"times": "9 o'clock"}, {"missed": "x"}, {"times": "25:00"}])
def test_invalid_plan_is_refused(client, target, wrong):
    assert client.post(f"{PAGE}/plan", data=PLAN | wrong).status_code == 400


@pytest.mark.parametrize("query", ["month=x", "week=9999-12-31", "month=0001-01-01", "week="])
def test_invalid_day_shows_today(client, target, query):
    assert "2026" in client.get(f"{PAGE}?{query}").text


def test_approval_uses_the_next_free_slot(client, target):
    client.post(f"{PAGE}/plan", data=PLAN)
    with write_transaction() as tx:
        tx.execute(update(PublishingTarget).values(on_approval="calendar"))
        tx.execute(update(Content).where(Content.id == 3).values(status="review"))
    client.post("/sites/green-garden/review/3/approve")
    assert times() == ["02 09:00"]
