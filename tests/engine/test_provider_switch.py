"""A run blocked by its provider continues with the one that the site chose meanwhile."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from igny8.engine.runs import controls, start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Content,
    CreditAccount,
    Price,
    ProviderEndpoint,
    ProviderRequest,
    RunEvent,
    RunItem,
    RunStage,
)
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider
from tests.providers.openai_compatible.server import Say, model_server
from tests.providers.openai_compatible.test_answers import by_schema

WRITE = 4


def rows(table, **where):
    with read_transaction() as tx:
        return tx.execute(
            select(table.__table__).filter_by(**where).order_by(*table.__table__.primary_key)
        ).all()


def serve(site_id: int, name: str, url: str, key: str = "key-1") -> dict:
    """Add a server to a site; return the choice of it for a stage."""
    with write_transaction() as tx:
        return {
            "provider": "openai-compatible",
            "endpoint": ProviderEndpoint.create(
                tx, site_id, name, url, key, chat_model=f"{name}-model"
            ),
        }


@pytest.fixture
def blocked(site, inline_worker):
    """Return (server, choice) of a run that was blocked in the middle of its first article."""
    with model_server() as server:
        server.will(by_schema, by_schema, Say({"error": {"message": "bad key"}}, 401))
        with write_transaction() as tx:
            Price.set(tx, "*", 2_500_000, 10_000_000, 40_000)  # else a local server is free
        old = serve(site.id, "old", server.url)
        change_settings(site.id, providers={"write": old}, images_per_article=0)
        make_keywords(site.id, 8)
        start_run.start_run(site.id)
        inline_worker.drain(FakeProvider())
        yield server, old


def test_provider_switch_logs_an_event_and_mixes_no_texts(
    site, inline_worker, run_of, blocked, file
):
    server, _ = blocked
    assert (run_of().state, run_of().block_kind) == ("blocked", "credentials")
    paid = len(rows(ProviderRequest, state="answered", charge="open"))
    with model_server() as other:
        other.will(by_schema)
        change_settings(site.id, providers={"write": serve(site.id, "new", other.url)})
        controls.resume(site.id)
        inline_worker.drain(FakeProvider())
        assert other.asked and len(server.asked) == 3
    assert run_of().state == "completed" and {c.model for c in rows(Content)} == {"new-model"}
    [event] = rows(RunEvent, kind="engine")
    assert (
        "new-model" in event.message
        and "old-model" in event.message
        and f"{paid} answers" in event.message
    )
    assert rows(RunStage, number=WRITE)[0].engine == "openai-compatible · new-model"
    assert {a.charge for a in rows(ProviderRequest, model="old-model")} == {"released"}
    with read_transaction() as tx:
        assert tx.execute(select(func.sum(CreditAccount.reserved))).scalar() == 0
        assert (
            tx.execute(select(func.sum(RunItem.money))).scalar()
            > tx.execute(select(func.sum(Content.money))).scalar()
        ), "what was put aside stays counted"
    assert check(file, deletions=False) == []


def test_stages_of_a_removed_server_use_the_site_default(site, inline_worker, run_of, blocked):
    _, old = blocked
    with write_transaction() as tx:
        ProviderEndpoint.remove(tx, site.id, old["endpoint"])
    change_settings(site.id, providers={})
    controls.resume(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed" and {c.kind for c in rows(Content)} == {"brief"}
    assert "built-in" in rows(RunEvent, kind="engine")[0].message


def test_corrected_key_keeps_the_provider_and_paid_replies(
    site, inline_worker, run_of, blocked, file
):
    server, old = blocked
    server.will(by_schema)
    with write_transaction() as tx:
        ProviderEndpoint.change(tx, site.id, old["endpoint"], server.url, "key-2")
    controls.resume(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed" and rows(RunEvent, kind="engine") == []
    assert {a.sequence for a in rows(ProviderRequest, state="answered")} <= {1, 2}
    assert rows(ProviderRequest, state="rejected") == [] and check(file, deletions=False) == []


def test_other_stages_and_cap_blocked_runs_keep_their_provider(site, inline_worker, run_of, app):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], demo="")
    demo = {"provider": "demonstration"}
    change_settings(site.id, providers={"write": demo}, cap_run=1, images_per_article=0)
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().block_kind == "budget"
    change_settings(site.id, providers={})
    controls.raise_cap(site.id, 100_000, run_of().version)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed" and {c.model for c in rows(Content)} == {"demonstration"}
