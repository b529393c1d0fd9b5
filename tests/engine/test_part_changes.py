"""A model changes one part once: nothing is paid twice or lost, whoever dies in between."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.article_parts import split_parts
from igny8.engine.changes import worker
from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, CreditAccount, PartChange, ProviderRequest
from igny8.models.part_change import STAGE
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords

PLACES = {
    "change_claimed": worker,
    "change_answered": worker,
    "reserved": "igny8.engine.billing.paid_requests",
    "sent": "igny8.engine.billing.paid_requests",
    "kept": "igny8.engine.billing.paid_requests",
}


def rows(table, **where):
    with read_transaction() as tx:
        query = select(table.__table__).filter_by(**where)
        return tx.execute(query.order_by(table.__table__.c.id)).all()


@pytest.fixture
def article(site, inline_worker):
    """Return a row of an article that the demonstration wrote."""
    change_settings(
        site.id, providers={"write": {"provider": "demonstration"}}, images_per_article=0
    )
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    return rows(Content)[0]


def ask(article, wish: str = "Make it shorter.", part: int = 1) -> bool:
    with write_transaction() as tx:
        return PartChange.request(tx, article, split_parts(article.html)[part], wish, "anna")


def work(inline_worker) -> bool:
    return worker.change_next(inline_worker.providers)


def requests() -> list:
    return rows(ProviderRequest, stage=STAGE)


def test_proposal_waits_for_a_person_and_costs_one_request(article, inline_worker, file):
    assert ask(article) and not ask(article, "Another wish")
    assert work(inline_worker) and not work(inline_worker)
    [change] = rows(PartChange)
    assert change.state == "proposed" and change.model == "demonstration"
    assert 0 < len(change.after) < len(change.before) and "<h2>" in change.after
    assert rows(Content)[0].html == article.html
    [request] = requests()
    assert request.money == change.money == rows(Content)[0].money - article.money > 0
    month = rows(CreditAccount, scope="month")[0]
    assert month.billed == sum(r.money for r in rows(ProviderRequest)) and month.in_flight == 0
    assert check(file, deletions=False) == []


@pytest.mark.parametrize("point", PLACES)
def test_crash_at_any_point_pays_nothing_twice_and_loses_nothing(
    article, inline_worker, monkeypatch, file, point
):
    ask(article)

    def die(reached):
        if reached == point:
            raise KeyboardInterrupt

    for module in ("igny8.engine.changes.worker", "igny8.engine.billing.paid_requests"):
        monkeypatch.setattr(f"{module}.fault_point", die)
    with pytest.raises(KeyboardInterrupt):
        work(inline_worker)
    monkeypatch.undo()
    assert not work(inline_worker), "another worker waits for its heartbeat"
    with write_transaction() as tx:
        tx.execute(update(PartChange).values(heartbeat_at=clock.now() - timedelta(minutes=1)))
    assert work(inline_worker)
    assert [change.state for change in rows(PartChange)] == ["proposed"]
    states = [request.state for request in requests()]
    assert states == (["lost", "answered"] if point in ("reserved", "sent") else ["answered"])
    lost = sum(r.money for r in requests() if r.state == "lost")
    assert rows(CreditAccount, scope="day")[0].maybe_billed == lost
    assert check(file, deletions=False) == []


def test_unreadable_answers_end_as_failed_and_are_counted(app, article, inline_worker, file):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], demo="garbage=1")
    inline_worker.providers._instances.clear()
    ask(article)
    assert work(inline_worker)
    [change] = rows(PartChange)
    assert change.state == "failed" and "no readable answer" in change.reason
    assert change.money == sum(request.money for request in requests()) > 0
    assert ask(article), "it can be asked for again"
    assert check(file, deletions=False) == []


def test_monthly_cap_stops_a_part_change_with_its_reason(site, article, inline_worker):
    change_settings(site.id, cap_month=1)
    ask(article)
    assert work(inline_worker)
    [change] = rows(PartChange)
    assert change.state == "failed" and "The cap of $0.0001 for this month" in change.reason
    assert requests() == []
