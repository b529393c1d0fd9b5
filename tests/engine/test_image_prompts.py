"""Image prompts are edited before they are paid for, and single images are redrawn once."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.engine.changes import worker
from igny8.engine.changes.prompts import edit_prompt
from igny8.engine.runs import gate_decisions, start_run
from igny8.engine.work import recovery
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, CreditAccount, Gate, Gates, Image, ImageRedraw, ProviderRequest
from igny8.models.changes import REDRAW_STAGE
from igny8.providers.demo import Demo
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords

POINTS = ("change_claimed", "reserved", "sent", "kept", "change_answered")
NEW_PROMPT = "A watering can in the evening sun, watercolour."


def rows(table, **where):
    with read_transaction() as tx:
        query = select(table.__table__).filter_by(**where)
        return tx.execute(query.order_by(table.__table__.c.id)).all()


@pytest.fixture
def drawn(monkeypatch):
    """Return the list of the prompts that the demonstration is asked to draw."""
    prompts, draw = [], Demo.draw

    def record(self, prompt, *args):
        prompts.append(prompt.prompt)
        return draw(self, prompt, *args)

    monkeypatch.setattr(Demo, "draw", record)
    return prompts


@pytest.fixture
def begin(site, inline_worker):
    """Return a function that runs the site, with a gate after stage 5 or without one."""

    def run(mode="every"):
        change_settings(
            site.id,
            providers={"draw": {"provider": "demonstration"}},
            ideas_per_cluster=1,
            images_per_article=2,
            gates=Gates({5: Gate(mode)}).to_json(),
        )
        make_keywords(site.id, 4)
        start_run.start_run(site.id)
        inline_worker.drain()
        return rows(Image)

    return run


def edit(row, prompt=NEW_PROMPT, alt="A watering can", seen=None):
    with write_transaction() as tx:
        edit_prompt(tx, row, seen or (row.prompt, row.alt), prompt, alt, "ann")


def approve(site, images, inline_worker):
    with write_transaction() as tx:
        ids = [image.id for image in images]
        gate_decisions.decide(tx, site.id, ids, 6, "approved", "ann")
    gate_decisions.advance_open_run(site.id)
    inline_worker.drain()


def test_stage_6_sends_the_edited_prompt_and_nothing_before(
    site, begin, drawn, inline_worker, file
):
    first, second = begin()
    assert drawn == []
    edit(first)
    approve(site, [first, second], inline_worker)
    assert sorted(drawn) == sorted([NEW_PROMPT, second.prompt])
    shown = rows(Image)[0]
    assert (shown.status, shown.prompt, shown.alt) == ("generated", NEW_PROMPT, "A watering can")
    assert (shown.edited_by, rows(Image)[1].edited_by) == ("ann", "")
    assert check(file) == []


def test_rejected_image_costs_nothing_and_its_article_continues(
    site, begin, drawn, inline_worker, file
):
    first, second = begin()
    with write_transaction() as tx:
        gate_decisions.decide(tx, site.id, [first.id], 6, "rejected", "ann", "too dull")
    approve(site, [second], inline_worker)
    assert drawn == [second.prompt] and len(rows(ProviderRequest, stage=6)) == 1
    assert rows(Content)[0].status == "review" and rows(Image)[0].status == "failed"
    assert check(file) == []


def test_edit_of_a_changed_drawn_or_claimed_prompt_is_refused(site, begin, inline_worker):
    first, second = begin()
    with pytest.raises(ActionRefused, match="changed this prompt"):
        edit(first, seen=("an older prompt", first.alt))
    with write_transaction() as tx:
        gate_decisions.decide(tx, site.id, [first.id, second.id], 6, "approved", "ann")
    gate_decisions.advance_open_run(site.id)
    batch = inline_worker.claim()
    claimed = rows(Image, id=batch.subject_ids[0])[0]
    with pytest.raises(ActionRefused, match="asked for this image already"):
        edit(claimed)
    edit(claimed, prompt=claimed.prompt, alt="Only the alt text")
    inline_worker.process(batch)
    inline_worker.drain()
    with pytest.raises(ActionRefused, match="not waiting to be drawn"):
        edit(rows(Image)[0])
    assert rows(Image, id=claimed.id)[0].alt == "Only the alt text"


def test_prompt_of_a_paid_image_is_not_changed(site, begin, inline_worker, monkeypatch):
    """A reply that is stored when its worker dies is used; it shows the prompt that was sent."""
    first, second = begin()
    with write_transaction() as tx:
        gate_decisions.decide(tx, site.id, [first.id, second.id], 6, "approved", "ann")
    gate_decisions.advance_open_run(site.id)
    batch = inline_worker.claim()
    inline_worker.answers(batch)
    recovery.release_all()
    paid = rows(ProviderRequest, stage=6)[0].subject_id
    with pytest.raises(ActionRefused, match="asked for this image already"):
        edit(rows(Image, id=paid)[0])


@pytest.fixture
def article(begin):
    """Return the row of an article whose images are drawn."""
    begin("off")
    return rows(Content)[0]


def ask(article, prompt=NEW_PROMPT):
    image = rows(Image)[0]
    with write_transaction() as tx:
        return ImageRedraw.request(tx, article.run_id, image, prompt, image.alt, "ann")


def folder(app) -> Path:
    return app.config["SETTINGS"].images


def test_redraw_waits_for_a_person_and_costs_one_request(app, article, drawn, inline_worker, file):
    before = rows(Image)[0]
    assert ask(article) and not ask(article, "another")
    assert worker.change_next(inline_worker.providers)
    assert not worker.change_next(inline_worker.providers)
    [redraw] = rows(ImageRedraw)
    assert (redraw.state, redraw.model, drawn) == ("proposed", "demonstration", [NEW_PROMPT])
    assert rows(Image)[0] == before and (folder(app) / before.path).exists()
    assert (folder(app) / redraw.path).stat().st_size == redraw.bytes
    [request] = rows(ProviderRequest, stage=REDRAW_STAGE)
    assert request.money == redraw.money == rows(Content)[0].money - article.money > 0
    month = rows(CreditAccount, scope="month")[0]
    assert month.billed == sum(r.money for r in rows(ProviderRequest)) and month.in_flight == 0
    assert check(file, deletions=False) == []


@pytest.mark.parametrize("point", POINTS)
def test_crash_at_any_point_of_a_redraw_pays_nothing_twice(
    article, inline_worker, monkeypatch, file, point
):
    ask(article)

    def die(reached):
        if reached == point:
            raise KeyboardInterrupt

    for module in ("igny8.engine.changes.worker", "igny8.engine.billing.paid_requests"):
        monkeypatch.setattr(f"{module}.fault_point", die)
    with pytest.raises(KeyboardInterrupt):
        worker.change_next(inline_worker.providers)
    monkeypatch.undo()
    assert not worker.change_next(inline_worker.providers), "another worker waits for its heartbeat"
    with write_transaction() as tx:
        tx.execute(update(ImageRedraw).values(heartbeat_at=clock.now() - timedelta(minutes=1)))
    assert worker.change_next(inline_worker.providers)
    assert [redraw.state for redraw in rows(ImageRedraw)] == ["proposed"]
    states = [request.state for request in rows(ProviderRequest, stage=REDRAW_STAGE)]
    assert states == (["lost", "answered"] if point in ("reserved", "sent") else ["answered"])
    assert check(file, deletions=False) == []


@pytest.mark.parametrize("status", ["approved", "sent_back"])
def test_nothing_is_drawn_for_an_article_that_left_review(article, inline_worker, drawn, status):
    ask(article)
    with write_transaction() as tx:
        tx.execute(update(Content).values(status=status))
    assert worker.change_next(inline_worker.providers)
    [redraw] = rows(ImageRedraw)
    assert redraw.state == "failed" and "does not wait for review" in redraw.reason
    assert drawn == [] and rows(ProviderRequest, stage=REDRAW_STAGE) == []


def test_monthly_cap_stops_a_redraw_with_its_reason(site, article, inline_worker):
    change_settings(site.id, cap_month=1)
    ask(article)
    assert worker.change_next(inline_worker.providers)
    [redraw] = rows(ImageRedraw)
    assert redraw.state == "failed" and "The cap of $0.0001 for this month" in redraw.reason
    assert rows(ProviderRequest, stage=REDRAW_STAGE) == []
