"""Clustering with embeddings of a server is paid once, kept over a crash, and logged."""

import pytest
from sqlalchemy import func, select

from igny8.engine.runs import start_run
from igny8.engine.work.recovery import requeue
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    CreditEntry,
    Price,
    ProviderEndpoint,
    ProviderRequest,
    RunEvent,
    RunItem,
    RunStage,
    SiteSettings,
)
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider
from tests.providers.openai_compatible.server import Say, model_server
from tests.providers.openai_compatible.test_server_embeddings import embeddings, serving


def rows(table, **where):
    with read_transaction() as tx:
        return tx.execute(
            select(table.__table__).filter_by(**where).order_by(*table.__table__.primary_key)
        ).all()


@pytest.fixture
def comparing(site):
    """Return a function that begins a run whose first stage works with a server that compares as it is told."""
    with model_server() as server:

        def start(vectors):
            server.will(serving(vectors))
            with write_transaction() as tx:
                Price.set(tx, "compare", 20_000_000, 0, 0)  # a local server is free without a price
                endpoint = ProviderEndpoint.create(
                    tx,
                    site.id,
                    "Wire",
                    server.url,
                    "key-1",
                    chat_model="small",
                    embedding_model="compare",
                )
            change_settings(
                site.id,
                images_per_article=0,
                providers={"cluster": {"provider": "openai-compatible", "endpoint": endpoint}},
            )
            make_keywords(site.id, 12)
            start_run.start_run(site.id)
            return server

        yield start


def test_embeddings_are_charged_with_the_first_item(comparing, inline_worker, run_of, file):
    server = comparing(embeddings)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    [answer] = rows(ProviderRequest, name="vectors-256-1")
    assert (answer.state, answer.charge, answer.model, answer.tokens_in) == (
        "answered",
        "settled",
        "compare",
        36,
    )
    assert answer.body is None, "what was used is not kept for ever"
    [note] = rows(RunEvent, kind="note")
    assert (note.message, note.stage) == ("compare compares 12 keywords", 1)
    [settings] = rows(SiteSettings)
    assert settings.cluster_vectors == "compare" and settings.cluster_threshold
    with read_transaction() as tx:
        paid = tx.execute(
            select(func.sum(CreditEntry.amount)).where(CreditEntry.kind == "settle")
        ).scalar()
    assert (
        rows(RunStage, number=1)[0].credits
        == sum(i.credits for i in rows(RunItem, stage=1))
        == paid
        > 0
    )
    assert len(server.asked) == rows(RunStage, number=1)[0].requests
    assert check(file, deletions=False) == []


def test_embeddings_survive_a_crash(comparing, inline_worker, run_of, file, monkeypatch):
    server = comparing(embeddings)
    monkeypatch.setattr(
        "igny8.providers.openai_compatible.cluster_in_subprocess",
        lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    batch = inline_worker.claim()
    with pytest.raises(KeyboardInterrupt):
        inline_worker.process(batch)
    monkeypatch.undo()
    requeue(batch.token, 0, "its worker was killed")
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert [request["path"] for request in server.asked].count("/v1/embeddings") == 1
    assert check(file, deletions=False) == []


def test_server_without_embeddings_falls_back_to_built_in_vectors(comparing, inline_worker, run_of):
    comparing(lambda _: Say({"error": {"message": "start it with --embeddings"}}, 501))
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed" and rows(SiteSettings)[0].cluster_vectors == "MiniLM"
    [note] = rows(RunEvent, kind="note")
    assert note.message.startswith("The built-in vectors compare the keywords, not compare: ")
    assert "--embeddings" in note.message


def test_other_vectors_choose_a_new_threshold(comparing, inline_worker, site, run_of):
    change_settings(site.id, cluster_threshold=0.77)
    comparing(embeddings)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    [settings] = rows(SiteSettings)
    assert settings.cluster_threshold != 0.77 and settings.cluster_vectors == "compare"
