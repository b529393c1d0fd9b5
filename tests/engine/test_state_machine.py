"""Actions of people and workers in any order: the invariants hold after every step."""

import contextlib
from collections import OrderedDict
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from igny8 import clock, progress
from igny8.engine.runs import controls, gate_decisions, retry, start_run
from igny8.engine.work import claims, recovery, tools, worker_loop
from igny8.engine.work.item_updates import ClaimLost
from igny8.engine.work.settle import settle_claim
from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import ENDED, Content, Gate, Gates, Keyword, Run, RunItem, Site
from tests.chaos.checker import Watcher, check_snapshot, products, take
from tests.conftest import InlineWorker
from tests.factories import make_keywords, make_site
from tests.fakes import passing, permanent

NOW = clock.now


class Engine(RuleBasedStateMachine):
    """A site, a user who clicks, and workers that work, fail, crash and return too late."""

    database = app = patch = None

    def __init__(self):
        super().__init__()
        db.session.remove()
        db.engine.dispose()
        self.database.renew()
        self.file = self.database.where
        claims.clear_caches()
        tools._results.clear()
        self.gone = 0.0
        self.site = make_site(
            batches={
                "cluster": 3,
                "ideate": 2,
                "plan": 2,
                "write": 2,
                "describe": 2,
                "draw": 2,
                "review": 2,
            },
            parallelism=3,
            images_per_article=1,
        )
        with read_transaction() as tx:
            self.row = Site.find(self.site, tx)
        self.inline_worker, self.watcher, self.added = InlineWorker(self.app), Watcher(), 0
        self.held, self.ghosts = OrderedDict(), []
        self.patch.setattr(clock, "now", lambda: NOW() + timedelta(seconds=self.gone))

    def latest(self):
        with read_transaction() as tx:
            return Run.find(tx, self.site)

    def say(self, call) -> None:
        with contextlib.suppress(ActionRefused):
            call(self.site)

    # the owner
    @rule(count=st.integers(1, 5))
    def add_keywords(self, count):
        make_keywords(self.site, count, start=self.added)
        self.added += count

    @rule()
    def run_now(self):
        before = self.latest()
        public_id, started = start_run.start_run(self.site)
        now = self.latest()
        is_new = before is None or before.state in ENDED
        assert started == (is_new and now.state != "nothing_to_do")
        assert public_id == (now if is_new else before).public_id

    @rule(verb=st.sampled_from([controls.pause, controls.resume, controls.resume, controls.cancel]))
    def click(self, verb):
        self.say(verb)

    @rule()
    def retry_failed(self):
        self.say(retry.retry_failed)

    @rule(
        after=st.integers(1, 6),
        gate=st.sampled_from([Gate("every"), Gate("first", 1), Gate("above", 0), Gate()]),
        limit=st.sampled_from([None, None, 1]),
    )
    def set_gates(self, after, gate, limit):
        gate_decisions.change_gates(self.site, Gates({after: gate}, limit))

    @rule(
        stage=st.integers(2, 7),
        verdict=st.sampled_from(["approved", "approved", "rejected"]),
        count=st.integers(1, 9),
    )
    def decide(self, stage, verdict, count):
        with write_transaction() as tx:
            queued = select(RunItem.subject_id).where(
                RunItem.stage == stage, RunItem.state == "queued"
            )
            ids = list(tx.execute(queued.limit(count)).scalars())
            gate_decisions.decide(tx, self.site, ids, stage, verdict, "ann")

    @rule()
    def continue_run(self):
        with contextlib.suppress(ActionRefused):
            gate_decisions.continue_run(self.site, "ann")

    @rule(verdict=st.sampled_from(["approved", "sent_back"]))
    def review(self, verdict):
        with write_transaction() as tx:
            ids = tx.execute(select(Content.id).where(Content.status == "review")).scalars().all()
            if ids:
                Content.decide(tx, self.site, ids[0], verdict)

    @precondition(lambda self: self.added)
    @rule(which=st.integers(0, 40), disabled=st.booleans())
    def disable_keyword(self, which, disabled):
        with write_transaction() as tx:
            Keyword.disable(tx, self.site, self.some_keyword(tx, which), disabled)

    @precondition(lambda self: self.added)
    @rule(which=st.integers(0, 40))
    def delete_keyword(self, which):
        with write_transaction() as tx:
            Keyword.remove(tx, self.site, self.some_keyword(tx, which))

    def some_keyword(self, tx, which) -> list[int]:
        ids = (
            tx.execute(
                select(Keyword.id).where(Keyword.site_id == self.site).order_by(Keyword.id.desc())
            )
            .scalars()
            .all()
        )
        return [ids[which % len(ids)]] if ids else []

    # the workers
    @rule()
    def claim(self):
        batch = self.inline_worker.claim()
        if batch is not None:
            assert batch.token not in self.held
            self.held[batch.token] = batch

    @precondition(lambda self: self.held)
    @rule()
    def settle_well(self):
        _, batch = self.held.popitem(last=False)
        if self.inline_worker.process(batch):
            worker_loop.advance(batch.run_id)

    @precondition(lambda self: self.held)
    @rule(error=st.sampled_from([passing, passing, permanent]), which=st.integers(0, 2))
    def settle_with_an_error(self, error, which):
        _, batch = self.held.popitem(last=False)
        answers, seconds = worker_loop._process(batch, self.inline_worker.tools_for(batch))
        answers[batch.subject_ids[which % len(batch.subject_ids)]] = error()
        if settle_claim(batch, answers, seconds):
            worker_loop.advance(batch.run_id)

    @precondition(lambda self: self.held)
    @rule()
    def crash(self):
        token, batch = self.held.popitem()
        self.watcher.in_flight += 1
        assert recovery.requeue(token, 0, "its worker was killed") == len(batch.items)
        self.ghosts.append(batch)

    @precondition(lambda self: self.ghosts)
    @rule()
    def settle_too_late(self):
        batch, before = self.ghosts.pop(0), products(self.file)
        with pytest.raises(ClaimLost):
            settle_claim(batch, *worker_loop._process(batch, self.inline_worker.tools_for(batch)))
        assert products(self.file) == before

    @rule(seconds=st.sampled_from([1.0, 70.0, 5000.0]))
    def time_passes(self, seconds):
        self.gone += seconds

    @rule()
    def sweep(self):
        recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()

    @rule()
    def work_on_for_a_while(self):
        for _ in range(4):
            self.claim()
            if self.held:
                self.settle_well()

    @invariant()
    def nothing_is_broken(self):
        assert self.watcher.see(take(self.file, deletions=False)) == []
        assert check_snapshot(progress.snapshot(self.row)) == []

    def teardown(self):
        while self.held:
            self.settle_well()
        gate_decisions.change_gates(self.site, Gates({}))
        for _ in range(60):
            row = self.latest()
            if row is None or row.state in ENDED:
                break
            self.say(controls.resume)
            self.gone += 100.0
            self.inline_worker.drain()
            recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
            self.nothing_is_broken()
        else:
            raise AssertionError("the run does not end")
        self.nothing_is_broken()


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_invariants_hold_for_random_user_and_worker_actions(app, database, monkeypatch):
    Engine.app, Engine.database, Engine.patch = app, database, monkeypatch
    examples = (
        10 if database.url else 20
    )  # a database of a server takes three times as long to renew
    run_state_machine_as_test(
        Engine, settings=settings(max_examples=examples, stateful_step_count=40)
    )
