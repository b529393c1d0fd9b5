"""Whole runs against a model server on a socket that fails a third of the time."""

import hashlib
import json
import os
import urllib.request

import pytest
from sqlalchemy import func, insert, select, update

from igny8.engine.runs import controls, start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Content,
    CreditAccount,
    CreditEntry,
    Image,
    Keyword,
    Price,
    ProviderEndpoint,
    ProviderRequest,
    RunEvent,
    RunItem,
    RunStage,
)
from tests.chaos.checker import check
from tests.conftest import on_sqlite
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider
from tests.providers.openai_compatible.mocks import llmock, small_model
from tests.providers.openai_compatible.server import Say, chat, model_server
from tests.providers.openai_compatible.test_answers import by_schema

WRONG = (
    Say("", 429, {"retry-after": "1"}),
    Say("oops", 500),
    Say("", 503),
    Say("<html>", 200),
    Say(b"{", 200),
    chat("", finish="length"),
    chat("no JSON"),
    Say(reset=True),
    Say({"error": {"message": "overloaded"}}),
    Say({"error": {"message": "content_policy"}}, 400),
)
ARTICLES = int(os.environ.get("IGNY8_TEST_ARTICLES", "60"))
KEYS = ("cluster", "ideate", "write", "describe", "draw")


def total(column, **where):
    with read_transaction() as tx:
        return tx.execute(
            select(func.coalesce(func.sum(column), 0)).filter_by(**where)
        ).scalar_one()


def faulty(share: float):
    """Return a script that is wrong in a share of the requests, chosen by what was asked and how often."""
    turns = {}

    def answer(request: dict) -> Say:
        text = json.dumps(request, sort_keys=True)
        turns[text] = turns.get(text, 0) + 1
        chance = (
            int.from_bytes(hashlib.blake2b(f"{text}{turns[text]}".encode(), digest_size=4).digest())
            / 2**32
        )
        return WRONG[int(chance / share * len(WRONG))] if chance < share else by_schema(request)

    return answer


def play(site, inline_worker, run_of, provider=None) -> None:
    """Work until the run has ended; who waits is not waited for, and what is blocked is resumed."""
    for _ in range(200):
        inline_worker.heartbeat.send()
        inline_worker.drain(provider or FakeProvider(sections=1))
        with write_transaction() as tx:
            tx.execute(update(RunItem).values(not_before=None))
        for run_id in advanceable_runs():
            advance(run_id)
        state = run_of().state
        if state == "blocked":
            controls.resume(site.id)
        elif state not in ("running", "queued"):
            return
        inline_worker.close_circuit_breakers()
    raise AssertionError("the run does not end")


@pytest.fixture
def wired(site, inline_worker):
    """Return a function that gives stages of a site to a server on the wire."""
    with model_server() as server:

        def equip(script, keys=KEYS, **settings):
            server.will(script)
            with write_transaction() as tx:
                Price.set(tx, "*", 2_500_000, 10_000_000, 40_000)  # else a local server is free
                endpoint = ProviderEndpoint.create(
                    tx,
                    site.id,
                    "Wire",
                    server.url,
                    "key-1",
                    chat_model="small",
                    image_model="painter",
                )
            change_settings(
                site.id,
                providers={
                    key: {"provider": "openai-compatible", "endpoint": endpoint} for key in keys
                },
                **settings,
            )
            return server

        yield equip


def test_run_works_with_a_model_in_every_stage(site, inline_worker, run_of, wired, file):
    server = wired(by_schema, images_per_article=1)
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    play(site, inline_worker, run_of)
    assert run_of().state == "completed"
    with read_transaction() as tx:
        content = tx.execute(select(Content.__table__)).all()
        assert {(c.kind, c.provider, c.model) for c in content} == {
            ("article", "openai-compatible", "small")
        }
        assert all(c.prompt.startswith("opening@3") and c.credits > 0 for c in content)
        assert {
            s.requests > 0
            for s in tx.execute(select(RunStage.__table__))
            if s.number in (1, 2, 4, 5, 6)
        } == {True}
    assert len(server.asked) == total(ProviderRequest.requests) == total(RunStage.requests)
    assert check(file, deletions=False) == []


@on_sqlite
def test_run_against_llmock_has_no_violations(site, inline_worker, run_of, file):
    with llmock() as url:
        with write_transaction() as tx:
            endpoint = ProviderEndpoint.create(
                tx, site.id, "Mock", url, "key-1", chat_model="gpt-4o", image_model="gpt-image-1"
            )
        change_settings(
            site.id,
            images_per_article=1,
            providers={
                key: {"provider": "openai-compatible", "endpoint": endpoint} for key in KEYS
            },
        )
        make_keywords(site.id, 12)
        start_run.start_run(site.id)
        play(site, inline_worker, run_of)
        with urllib.request.urlopen(url.removesuffix("/v1") + "/_llmock/verdict") as told:
            assert json.load(told)["findings"] == []
    assert run_of().state == "completed"
    with read_transaction() as tx:
        images = tx.execute(select(Image.__table__)).all()
    assert images and all("no PNG" in image.note for image in images), (
        "its SVG is refused, a title card is drawn"
    )
    assert check(file, deletions=False) == []


def test_moved_server_is_used_without_waiting(site, inline_worker, wired):
    server = wired(by_schema, keys=("write",), images_per_article=0)
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    while not server.asked:
        batch = inline_worker.claim()
        inline_worker.process(batch) and advance(batch.run_id)
    with write_transaction() as tx:
        [row] = tx.execute(select(ProviderEndpoint.__table__)).all()
        ProviderEndpoint.change(tx, site.id, row.id, server.url.replace("/v1", "/other/v1"))
    inline_worker.drain(FakeProvider())
    assert server.asked[-1]["path"].startswith("/other/v1")


@on_sqlite
def test_small_real_model_works_in_every_stage(site, inline_worker, run_of, file, monkeypatch):
    """Its prose is poor: what is looked at is that every answer has its shape and every item its end."""
    monkeypatch.setattr(
        "igny8.engine.work.heartbeat.HEARTBEAT_INTERVAL_S", 60.0
    )  # nobody beats while it thinks
    with small_model() as url:
        with write_transaction() as tx:
            Price.set(tx, "smollm", 150_000, 600_000, 0)
            endpoint = ProviderEndpoint.create(tx, site.id, "Small", url, chat_model="smollm")
            tx.execute(
                insert(Keyword.__table__),
                [
                    {"site_id": site.id, "phrase": phrase, "phrase_key": phrase}
                    for phrase in (
                        "how to prune blueberries",
                        "when to prune blueberries",
                    )
                ],
            )
        change_settings(
            site.id,
            images_per_article=1,
            ideas_per_cluster=1,
            providers={
                key: {"provider": "openai-compatible", "endpoint": endpoint} for key in KEYS[:-1]
            },
        )
        start_run.start_run(site.id)
        play(site, inline_worker, run_of, FakeProvider())
    assert run_of().state in ("completed", "completed_with_errors")
    with read_transaction() as tx:
        asked = {s.number for s in tx.execute(select(RunStage.__table__)) if s.requests}
        errors = set(
            tx.execute(select(RunItem.error_kind).where(RunItem.state == "failed")).scalars()
        )
    assert {1, 2} <= asked and errors <= {"bad_answer"}
    assert run_of().credits_used == total(RunItem.credits) > 0
    assert check(file, deletions=False) == []


@on_sqlite
def test_articles_with_wrong_replies_are_all_accounted_for(
    site, inline_worker, run_of, wired, file
):
    server = wired(faulty(0.3), keys=("write",), images_per_article=0, ideas_per_cluster=1)
    make_keywords(site.id, ARTICLES, a_cluster=1)
    start_run.start_run(site.id)
    play(site, inline_worker, run_of)
    row = run_of()
    assert row.state in ("completed", "completed_with_errors")
    with read_transaction() as tx:
        states = dict(
            tx.execute(
                select(RunItem.state, func.count())
                .where(RunItem.stage == 4)
                .group_by(RunItem.state)
            ).all()
        )
        written = tx.execute(select(func.count()).select_from(Content)).scalar_one()
    assert (
        states.get("done", 0) + states.get("failed", 0) == ARTICLES
        and states.get("done", 0) == written > 0.3 * ARTICLES
    )
    assert (
        row.credits_used == total(RunItem.credits) == total(CreditEntry.amount, kind="settle") > 0
    )
    assert total(CreditAccount.reserved) == 0
    assert len(server.asked) == total(RunItem.requests)
    assert (
        total(RunItem.credits, state="failed") == 0
        and total(RunItem.tokens_out, state="failed") > 0
    )
    assert check(file, deletions=False) == []


def test_removed_model_blocks_the_run_until_replaced(site, inline_worker, run_of, wired):
    gone = Say({"error": {"message": "The model `small` was removed"}}, 404)
    server = wired(gone, keys=("write",), images_per_article=0, ideas_per_cluster=1)
    make_keywords(site.id, 6)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(sections=1))
    row = run_of()
    assert (row.state, row.block_kind) == ("blocked", "model")
    with read_transaction() as tx:
        states = set(tx.execute(select(RunItem.state).where(RunItem.stage == 4)).scalars())
    assert states == {"queued"} and len(server.asked) <= 2
    with write_transaction() as tx:
        endpoint = tx.execute(select(ProviderEndpoint.__table__)).one()
        ProviderEndpoint.change(tx, site.id, endpoint.id, endpoint.base_url, chat_model="other")
    server.will(by_schema)
    play(site, inline_worker, run_of, FakeProvider(sections=1))
    assert run_of().state == "completed" and server.asked[-1]["model"] == "other"


def test_unknown_price_is_logged_before_the_first_request(site, wired, run_of):
    wired(by_schema, keys=("write",))
    with write_transaction() as tx:
        Price.remove(tx, "*")
        endpoint = tx.execute(select(ProviderEndpoint.__table__)).one()
        ProviderEndpoint.change(tx, site.id, endpoint.id, "https://models.example/v1")
    make_keywords(site.id, 6)
    start_run.start_run(site.id)
    with read_transaction() as tx:
        notes = tx.execute(select(RunEvent.message).where(RunEvent.kind == "note")).scalars().all()
    assert any("The price of “small” is not known" in note for note in notes)
