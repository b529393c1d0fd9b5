"""Paid requests: reservation, capture, stored replies, caps, circuit breakers, blocks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from igny8 import clock, progress
from igny8.engine.billing.paid_requests import PaidRequests
from igny8.engine.runs import controls, retry, start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work.claims import claim
from igny8.engine.work.item_updates import release_claim
from igny8.engine.work.recovery import requeue
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    CircuitBreaker,
    Content,
    CreditAccount,
    CreditEntry,
    Image,
    ProviderRequest,
    Run,
    RunItem,
    RunStage,
)
from igny8.models.circuit_breaker import MAX_OPEN_S
from igny8.models.queries import spending
from igny8.providers.base import Reply, Usage
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords

WRITE, DRAW = 4, 6
MODEL = {"provider": "demonstration"}


def rows(table, **where):
    with read_transaction() as tx:
        return tx.execute(
            select(table.__table__).filter_by(**where).order_by(*table.__table__.primary_key)
        ).all()


def total(column, **where) -> int:
    with read_transaction() as tx:
        return tx.execute(
            select(func.coalesce(func.sum(column), 0)).filter_by(**where)
        ).scalar_one()


@pytest.fixture
def paid(app, site):
    """Return a function that lets the demonstration work in some stages, behaving as it is told."""

    def equip(*stages, how: str = "", keywords: int = 12, **settings):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], demo=how)
        change_settings(site.id, providers=dict.fromkeys(stages, MODEL), **settings)
        make_keywords(site.id, keywords)
        start_run.start_run(site.id)
        return site

    return equip


def turn_clock(monkeypatch, seconds: float) -> None:
    """Let so many seconds pass."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=seconds))


def test_run_with_models_charges_exact_credits(paid, inline_worker, run_of, file):
    paid("cluster", "ideate", "write", "describe", "draw")
    inline_worker.drain()
    row = run_of()
    assert row.state == "completed" and row.credits_used > 0
    assert row.credits_used == total(RunItem.credits) == total(RunStage.credits)
    assert (
        row.credits_used
        == total(CreditEntry.amount, kind="settle")
        == total(CreditAccount.spent, scope="run")
    )
    assert total(CreditAccount.reserved) == 0
    assert {a.charge for a in rows(ProviderRequest)} == {"settled"}
    assert all(s.requests > 0 for s in rows(RunStage) if s.number in (1, 2, 4, 5, 6))
    content = rows(Content)
    assert all(c.credits > 0 and c.tokens_out > 0 and c.model == "demonstration" for c in content)
    assert sum(c.credits for c in content) == sum(
        s.credits for s in rows(RunStage) if s.number >= WRITE
    )
    assert check(file, deletions=False) == []
    with read_transaction() as tx:
        [month] = spending.months(tx, row.site_id)
        parts = spending.by_stage_and_model(tx, row.site_id, month.period)
    assert sum(part.billed for part in parts) == month.billed == total(RunStage.money)
    assert {(p.stage, p.requests) for p in parts} == {
        (s.number, s.requests) for s in rows(RunStage) if s.requests
    }


def test_stage_without_a_model_costs_nothing(paid, inline_worker, run_of):
    paid("write")
    inline_worker.drain()
    assert {s.number for s in rows(RunStage) if s.credits} == {WRITE}
    assert [s.provider for s in rows(RunStage)][WRITE - 1] == "demonstration · demonstration"
    assert rows(RunStage)[0].engine == "built-in"


def test_stored_reply_is_neither_requested_nor_charged_again(
    paid, inline_worker, file, monkeypatch
):
    paid("write")
    while (batch := inline_worker.claim()).stage != WRITE:
        inline_worker.process(batch) and advance(batch.run_id)
    monkeypatch.setattr(
        "igny8.engine.work.worker_loop.settle_claim",
        lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    with pytest.raises(
        KeyboardInterrupt
    ):  # the process dies after the answers, before the item is settled
        inline_worker.process(batch)
    monkeypatch.undo()
    asked = len(rows(ProviderRequest))
    requeue(batch.token, 0, "its worker was killed")
    inline_worker.drain()
    again = [a for a in rows(ProviderRequest) if a.sequence > 1]
    assert asked > 1 and again == []
    assert check(file, deletions=False) == []


def test_request_with_a_lost_reply_is_repeated_and_counted(
    paid, inline_worker, site, file, monkeypatch
):
    paid("write", cap_run=100_000)
    while (batch := inline_worker.claim()).stage != WRITE:
        inline_worker.process(batch) and advance(batch.run_id)
    monkeypatch.setattr(
        "igny8.engine.billing.paid_requests.PaidRequests._store_reply",
        lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    with pytest.raises(KeyboardInterrupt):
        inline_worker.process(batch)
    monkeypatch.undo()
    requeue(batch.token, 0, "its worker was killed")
    inline_worker.drain()
    assert [(a.state, a.charge) for a in rows(ProviderRequest) if a.state == "lost"] == [
        ("lost", "released")
    ]
    assert total(RunItem.repeats) == 1
    spending = progress.snapshot(site)["metrics"]["spending"]
    assert spending["maybe_billed"] > 0 and spending["unanswered"] == 1
    parts = ("spent", "maybe_billed", "reserved", "free")
    assert spending["cap"] == sum(spending[name] for name in parts)
    assert check(file, deletions=False) == []


def test_reply_stored_by_another_worker_is_used_and_charged_once(paid, inline_worker, monkeypatch):
    paid("write")
    while (batch := inline_worker.claim()).stage != WRITE:
        inline_worker.process(batch) and advance(batch.run_id)
    look, usage = PaidRequests._stored_reply, Usage(10, 10, 0, 1)

    def look_too_early(calls, name, model):
        found = look(calls, name, model)
        monkeypatch.undo()
        calls.send_once(name, model, usage, lambda: Reply(b"of who thawed", model, usage))
        return found

    monkeypatch.setattr(PaidRequests, "_stored_reply", look_too_early)
    tools = inline_worker.tools_for(batch)
    tools.provider("write")
    reply = tools.calls(batch.items[0]).send_once(
        "opening", "demonstration", usage, lambda: Reply(b"asked twice", "demonstration", usage)
    )
    assert reply.body == b"of who thawed" and len(rows(ProviderRequest)) == 1


@pytest.mark.parametrize("point", ["unsent", "unkept"])
def test_crash_after_a_rejected_reply_charges_it_once(
    paid, inline_worker, file, monkeypatch, point
):
    paid("write", how="garbage=0.3", images_per_article=0)
    second = "begin" if point == "unsent" else "finish"
    real = getattr(ProviderRequest, second)

    def die(tx, *about, **facts):
        if any(str(what).endswith("-again") for what in about) or (
            second == "finish" and _name_of(tx, about[0])
        ):
            raise KeyboardInterrupt
        return real(tx, *about, **facts)

    def _name_of(tx, answer_id) -> bool:
        return ProviderRequest.find(tx, answer_id).name.endswith("-again")

    monkeypatch.setattr(ProviderRequest, second, staticmethod(die))
    with pytest.raises(KeyboardInterrupt):
        inline_worker.drain()
    monkeypatch.undo()
    [rejected] = rows(ProviderRequest, state="rejected")
    with read_transaction() as tx:
        token = tx.execute(select(RunItem.token).where(RunItem.state == "active")).scalar_one()
    requeue(token, 0, "its worker was killed")
    inline_worker.drain()
    same = rows(ProviderRequest, stage=WRITE, subject_id=rejected.subject_id, name=rejected.name)
    again = rows(
        ProviderRequest, stage=WRITE, subject_id=rejected.subject_id, name=f"{rejected.name}-again"
    )
    assert len(same) == 1 and [a.state for a in again][-1] in ("answered", "rejected")
    assert total(RunItem.repeats) == (point == "unkept")
    assert check(file, deletions=False) == []


def test_failed_items_cost_no_credits_but_show_tokens(paid, inline_worker, run_of, file):
    paid("ideate", how="garbage=1")
    inline_worker.drain()
    assert run_of().state == "completed_with_errors" and run_of().credits_used == 0
    failed = rows(RunItem, state="failed")
    assert failed and all(i.credits == 0 and i.tokens_out > 0 and i.requests == 2 for i in failed)
    assert total(CreditAccount.reserved) == 0 and total(CreditAccount.spent) == 0
    assert check(file, deletions=False) == []


@pytest.mark.parametrize("scope", ["run", "day", "month"])
def test_cap_blocks_the_run_within_one_request(paid, inline_worker, run_of, file, scope):
    paid("draw", **{f"cap_{scope}": 250})
    inline_worker.drain()
    [advance(r) for r in advanceable_runs()]
    row = run_of()
    assert (row.state, row.block_kind) == ("blocked", "budget")
    assert "The cap of $0.025" in row.status_reason and "may cost $0.01" in row.status_reason
    assert total(CreditAccount.spent, scope=scope) == 200  # an image is 100
    assert (row.block_until is None) == (scope == "run")
    assert rows(RunItem, state="active") == [] and inline_worker.claim() is None
    assert check(file, deletions=False) == []


def test_raised_cap_continues_the_run(paid, inline_worker, run_of, site, file):
    paid("draw", cap_run=250)
    inline_worker.drain()
    [advance(r) for r in advanceable_runs()]
    assert "$0.02 is spent" in run_of().status_reason
    assert not progress.snapshot(site)["run"]["can"]["resume"]
    version = run_of().version
    with pytest.raises(ActionRefused, match="blocked by its own cap"):
        controls.resume(site.id)
    assert run_of().version == version
    controls.raise_cap(site.id, 10_000, run_of().version)
    assert run_of().state == "running" and run_of().credits_cap == 10_250
    inline_worker.drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []


@pytest.mark.parametrize(
    ("how", "kind"), [("money_after=3", "money"), ("auth_after=3", "credentials")]
)
def test_empty_balance_or_bad_key_blocks_the_run_only(
    paid, inline_worker, run_of, site, file, how, kind
):
    paid("draw", how=how)
    inline_worker.drain()
    [advance(r) for r in advanceable_runs()]
    assert (run_of().state, run_of().block_kind) == ("blocked", kind)
    assert rows(RunItem, state="failed") == []
    assert max(i.attempt for i in rows(RunItem, stage=DRAW, state="queued")) == 0
    inline_worker.app.config["SETTINGS"] = replace(inline_worker.app.config["SETTINGS"], demo="")
    inline_worker.providers._instances.clear()
    controls.resume(site.id)
    inline_worker.drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []


def test_failing_server_opens_the_breaker_and_the_run_continues(
    app, paid, inline_worker, run_of, file, monkeypatch
):
    paid("draw", how="failures=1", keywords=24)
    for _ in range(200):
        batch = inline_worker.claim()
        if batch is None:
            break
        if inline_worker.process(batch):
            advance(batch.run_id)
        with write_transaction() as tx:
            tx.execute(update(RunItem).values(not_before=None))
    [advance(r) for r in advanceable_runs()]
    row = run_of()
    assert (row.state, row.block_kind) == ("blocked", "provider") and row.block_until is not None
    assert len([a for a in rows(ProviderRequest) if a.state == "failed"]) == 5
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], demo="")
    inline_worker.providers._instances.clear()
    turn_clock(monkeypatch, MAX_OPEN_S)
    [advance(r) for r in advanceable_runs()]
    assert run_of().state == "running"
    inline_worker.drain()
    assert run_of().state == "completed"
    [gate] = rows(CircuitBreaker)
    assert (gate.errors, gate.open_count, gate.open_until) == (0, 0, None)
    assert check(file, deletions=False) == []


def test_open_breaker_allows_one_probe(paid, inline_worker, run_of, monkeypatch):
    paid("draw", keywords=24)
    while (batch := inline_worker.claim()).stage != DRAW:
        inline_worker.process(batch) and advance(batch.run_id)
    inline_worker.process(batch)
    [gate] = rows(CircuitBreaker)
    with write_transaction() as tx:
        tx.execute(update(CircuitBreaker).values(open_count=1, open_until=1.0))
    assert claim(inline_worker.heartbeat.worker_id) is not None
    assert claim(inline_worker.heartbeat.worker_id) is None


def test_retry_reuses_paid_replies_of_the_parent_run(paid, inline_worker, run_of, site, file):
    paid("write", how="permanent=0.12")
    inline_worker.drain()
    before = run_of()
    assert before.state == "completed_with_errors"
    kept = [
        a
        for a in rows(ProviderRequest, run_id=before.id)
        if a.state == "answered" and a.charge == "released"
    ]
    assert kept, "a section was written before another one was refused"
    with read_transaction() as tx:
        site_id = tx.execute(select(Run.site_id)).scalars().first()
    inline_worker.app.config["SETTINGS"] = replace(inline_worker.app.config["SETTINGS"], demo="")
    inline_worker.providers._instances.clear()
    retry.retry_failed(site_id)
    inline_worker.drain()
    again = run_of()
    assert again.state == "completed"
    renewed = [a for a in rows(ProviderRequest, run_id=again.id) if a.reason]
    assert len(renewed) == len(kept) and {a.charge for a in renewed} == {"settled"}
    assert all(a.money > 0 and a.tokens_out > 0 and a.requests == 0 for a in renewed)
    for item in rows(RunItem, run_id=again.id, stage=WRITE):
        [content] = rows(Content, task_id=item.subject_id)
        paid_for = rows(ProviderRequest, item_id=item.id, charge="settled")
        assert (content.credits, content.money) == (
            sum(a.credits for a in paid_for),
            sum(a.money for a in paid_for),
        )
    assert check(file, deletions=False) == []


def test_failed_image_becomes_a_title_card_if_allowed(paid, inline_worker, run_of):
    paid("draw", how="permanent=1")
    inline_worker.drain()
    assert run_of().state == "completed"
    assert all(m.provider == "fake" and "refused" in m.note for m in rows(Image))


def test_failed_image_without_fallback_does_not_block_the_article(paid, inline_worker, run_of):
    paid("draw", how="permanent=1", fallback_card=False)
    inline_worker.drain()
    assert run_of().state == "completed_with_errors"
    assert {c.status for c in rows(Content)} == {"review"}


def test_cancelled_run_reserves_no_credits(paid, inline_worker, run_of, site, file):
    paid("draw")
    while (batch := inline_worker.claim()).stage != DRAW:
        inline_worker.process(batch) and advance(batch.run_id)
    inline_worker.tools_for(batch).provider("draw")
    controls.cancel(site.id)
    release_claim(batch)
    advance(batch.run_id)
    assert run_of().state == "cancelled" and total(CreditAccount.reserved) == 0
    assert check(file, deletions=False) == []


def test_paused_run_sends_no_request(paid, inline_worker, run_of, site, file):
    paid("write")
    while (batch := inline_worker.claim()).stage != WRITE:
        inline_worker.process(batch) and advance(batch.run_id)
    controls.pause(site.id)
    assert inline_worker.process(batch)
    advance(batch.run_id)
    assert run_of().state == "paused" and rows(ProviderRequest) == []
    assert rows(RunItem, stage=WRITE)[0].attempt == 0
    controls.resume(site.id)
    inline_worker.drain()
    assert run_of().state == "completed" and check(file, deletions=False) == []


def test_usage_is_summed():
    assert Usage(1, 2, 3, 4) + Usage(1, 1, 1, 1) == Usage(2, 3, 4, 5)
