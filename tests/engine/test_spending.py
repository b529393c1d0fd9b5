"""Money and caps are those of the server's own log, though it changes its behaviour in mid-run."""

import json
import os
import threading

import pytest
from sqlalchemy import func, select, update

from igny8.critiques import ALWAYS
from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work import worker_loop
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    CircuitBreaker,
    CreditAccount,
    Price,
    ProviderEndpoint,
    ProviderRequest,
    Run,
    RunItem,
    RunStage,
)
from tests.chaos.checker import check
from tests.conftest import InlineWorker, on_sqlite
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider
from tests.providers.openai_compatible.server import Say, chat, model_server
from tests.providers.openai_compatible.test_answers import by_schema
from tests.waiting import until

ARTICLES = int(os.environ.get("IGNY8_TEST_ARTICLES", "24"))
EVERY = 20  # requests after which the server behaves in another way
TOKENS_IN, TOKENS_OUT, DOLLAR = 2.5, 10, 1_000_000
BEHAVIOURS = (
    by_schema,
    lambda request: chat("no JSON"),
    by_schema,
    lambda request: Say("", 429, {"retry-after": "1"}),
    lambda request: chat("", finish="length"),
    by_schema,
    lambda request: Say("oops", 500),
    lambda request: Say(reset=True),
    lambda request: Say({"error": {"message": "content_policy"}}, 400),
)


class Meter:
    """A model server's script that writes down what it bills, in millionths of a dollar."""

    def __init__(self, behaviours):
        self.behaviours, self.bills, self.count = behaviours, [], 0
        self.lock = threading.Lock()

    def __call__(self, request: dict) -> Say:
        with self.lock:
            behave = self.behaviours[self.count // EVERY % len(self.behaviours)]
            self.count += 1
        said = behave(request)
        if said.status == 200 and not said.reset:
            tokens = len(json.dumps(request["messages"])) // 4, len(json.dumps(said.body)) // 4
            used = dict(zip(("prompt_tokens", "completion_tokens"), tokens, strict=True))
            said = Say(said.body | {"usage": used})
            with self.lock:
                self.bills.append(tokens[0] * TOKENS_IN + tokens[1] * TOKENS_OUT)
        return said


def play_together(app, site_id: int, workers: int) -> None:
    """Work with several threads until the run has ended or is blocked by a cap."""
    crew, over, troubles = InlineWorker(app, FakeProvider(sections=1)), threading.Event(), []

    def work():
        with app.app_context():
            while not over.is_set():
                try:
                    worker_loop.run_worker(crew.heartbeat, crew.tools_for)
                except Exception as error:
                    troubles.append(error)
                    return
                over.wait(0.005)

    def is_over():
        crew.heartbeat.send()
        with write_transaction() as tx:
            waits = update(RunItem).where(RunItem.not_before.is_not(None))
            tx.execute(waits.values(not_before=None))
            closed = {"open_until": None, "open_count": 0, "probe_until": None, "errors": 0}
            tx.execute(update(CircuitBreaker).where(CircuitBreaker.errors > 0).values(closed))
        for run_id in advanceable_runs():
            advance(run_id)
        with read_transaction() as tx:
            row = Run.find(tx, site_id)
        return row.state.startswith("completed") or row.block_kind == "budget" or troubles

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        until(is_over, 60 + 5 * ARTICLES, "the end of the run")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert troubles == []


@pytest.fixture
def metered(app, site):
    """Return a function that plays a run against a metered server; it returns the meter."""

    def run(workers: int, behaviours=BEHAVIOURS, **settings) -> Meter:
        meter = Meter(behaviours)
        with model_server() as server:
            server.will(meter)
            with write_transaction() as tx:
                Price.set(tx, "*", int(TOKENS_IN * DOLLAR), TOKENS_OUT * DOLLAR, 40_000)
                chosen = {"chat_model": "small"}
                endpoint = ProviderEndpoint.create(tx, site.id, "W", server.url, "key-1", **chosen)
            choice = {"provider": "openai-compatible", "endpoint": endpoint}
            change_settings(
                site.id,
                providers={"write": choice},
                images_per_article=0,
                ideas_per_cluster=1,
                parallelism=workers,
                outline_critique=ALWAYS,
                text_critique=ALWAYS,
                **settings,
            )
            make_keywords(site.id, ARTICLES, a_cluster=1)
            start_run.start_run(site.id)
            play_together(app, site.id, workers)
        return meter

    return run


def total(column, **where) -> int:
    with read_transaction() as tx:
        return tx.execute(
            select(func.coalesce(func.sum(column), 0)).filter_by(**where)
        ).scalar_one()


@on_sqlite
@pytest.mark.parametrize("workers", [1, 8])
def test_billed_money_equals_the_servers_own_account(metered, file, run_of, workers):
    meter = metered(workers)
    assert run_of().state.startswith("completed")
    with read_transaction() as tx:
        states = tx.execute(select(RunItem.state).where(RunItem.stage == 4)).scalars().all()
    assert len(states) == ARTICLES and set(states) <= {"done", "failed"}
    assert total(ProviderRequest.requests) == meter.count
    billed = sum(meter.bills)
    for column in (RunStage.money, RunItem.money):
        assert total(column) == pytest.approx(billed, abs=len(meter.bills))
    for scope in ("run", "day", "month"):
        assert total(CreditAccount.billed, scope=scope) == total(RunStage.money)
        assert total(CreditAccount.in_flight, scope=scope) == 0
    assert check(file, deletions=False) == []


@on_sqlite
@pytest.mark.parametrize(("workers", "cap"), [(8, 0.02), (1, 0.09), (8, 0.09)])
def test_cap_is_exceeded_by_at_most_one_request(metered, file, run_of, workers, cap):
    meter = metered(workers, (by_schema, lambda request: chat("no JSON")), cap_run=cap * 10_000)
    assert run_of().block_kind == "budget"
    billed, limit = sum(meter.bills), cap * DOLLAR
    assert 0.8 * limit <= billed <= limit + max(meter.bills)
    assert total(CreditAccount.billed, scope="run") == pytest.approx(billed, abs=len(meter.bills))
    assert check(file, deletions=False) == []
