"""Critiques and the rewrite they lead to are paid once each, whoever dies; both texts are kept."""

import pytest
from sqlalchemy import select

from igny8.article_parts import split_parts
from igny8.critiques import ALWAYS
from igny8.engine.billing.paid_requests import PaidRequests
from igny8.engine.runs import controls, start_run
from igny8.engine.runs.transitions import advance
from igny8.engine.work.recovery import requeue
from igny8.extensions import read_transaction
from igny8.models import Content, ContentVersion, CreditAccount, ProviderRequest, RunItem, RunStage
from igny8.models.price import MICROS_PER_CREDIT
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords

WRITE, CAP = 4, 10
KINDS = ("outline", "critique", "second-pass")
MODULE = "igny8.engine.billing.paid_requests"


def rows(table, **where):
    with read_transaction() as tx:
        query = select(table.__table__).filter_by(**where)
        return tx.execute(query.order_by(*table.__table__.primary_key)).all()


def begin(site, **settings) -> None:
    """Start a run whose articles the demonstration writes, with every critique."""
    choices = {"outline_critique": ALWAYS, "text_critique": ALWAYS, "cap_run": 100_000}
    change_settings(
        site.id,
        providers={"write": {"provider": "demonstration"}},
        images_per_article=0,
        **choices | settings,
    )
    make_keywords(site.id, 4)
    start_run.start_run(site.id)


def write_claim(inline_worker):
    """Work until the writing stage; return a claim of it."""
    while (batch := inline_worker.claim()).stage != WRITE:
        inline_worker.process(batch) and advance(batch.run_id)
    return batch


def test_article_has_its_outline_and_both_texts(site, inline_worker, run_of, file):
    begin(site)
    inline_worker.drain()
    assert run_of().state == "completed"
    content = rows(Content)
    assert content
    for row in content:
        assert set(row.outline) == {"planned", "sections", "findings", "changes"}
        parts = [section["heading"] for section in row.outline["sections"]]
        assert parts == row.headings
        [first] = rows(ContentVersion, content_id=row.id)
        assert "For example, somebody" in row.html and "For example, somebody" not in first.html
        assert len(split_parts(row.html)) == len(split_parts(first.html))
    names = [request.name for request in rows(ProviderRequest, stage=WRITE)]
    assert all(names.count(kind) == len(content) for kind in KINDS)
    assert sum(row.money for row in content) == sum(stage.money for stage in rows(RunStage))
    assert check(file, deletions=False) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", ["reserved", "sent", "kept"])
def test_death_in_each_kind_pays_nothing_twice_and_loses_nothing(
    site, inline_worker, monkeypatch, file, kind, point
):
    begin(site)
    batch = write_claim(inline_worker)
    asked: list[str] = []
    send_once = PaidRequests.send_once

    def named(self, name, *args):
        asked.append(name)
        return send_once(self, name, *args)

    def die(reached):
        if asked and asked[-1] == kind and reached == point:
            raise KeyboardInterrupt

    monkeypatch.setattr(PaidRequests, "send_once", named)
    monkeypatch.setattr(f"{MODULE}.fault_point", die)
    with pytest.raises(KeyboardInterrupt):
        inline_worker.process(batch)
    monkeypatch.undo()
    requeue(batch.token, 0, "its worker was killed")
    inline_worker.drain()
    subject = batch.items[0].subject_id
    found = rows(ProviderRequest, stage=WRITE, subject_id=subject)
    states = [request.state for request in found if request.name == kind]
    is_lost = point in ("reserved", "sent")
    assert states == (["lost", "answered"] if is_lost else ["answered"])
    others = [request for request in found if request.name != kind]
    assert {request.state for request in others} == {"answered"}
    assert len({request.name for request in others}) == len(others)
    [item] = rows(RunItem, stage=WRITE, subject_id=subject)
    assert (item.state, item.repeats) == ("done", int(is_lost))
    lost = sum(request.money for request in found if request.state == "lost")
    assert rows(CreditAccount, scope="day")[0].maybe_billed == lost
    assert len(rows(ContentVersion)) == len(rows(Content))
    assert check(file, deletions=False) == []


def test_cap_counts_critiques_and_nothing_is_asked_again_above_it(
    site, inline_worker, run_of, file
):
    begin(site, cap_run=CAP)
    inline_worker.drain()
    row = run_of()
    assert (row.state, row.block_kind) == ("blocked", "budget")
    paid = rows(ProviderRequest, stage=WRITE)
    billed, dearest = sum(request.money for request in paid), max(r.money for r in paid)
    assert billed <= CAP * MICROS_PER_CREDIT + dearest
    controls.raise_cap(site.id, 100_000, row.version)
    inline_worker.drain()
    assert run_of().state == "completed" and len(rows(ContentVersion)) == len(rows(Content))
    found = [(request.subject_id, request.name) for request in rows(ProviderRequest, stage=WRITE)]
    assert len(set(found)) == len(found)
    assert check(file, deletions=False) == []
