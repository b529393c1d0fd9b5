"""Deliberate bugs in the protocol: the checker has to find each, or it proves nothing.

A mutant is a function that is given a `setattr` (pytest's monkeypatch, or the real one in a process
of its own) and puts a wrong part in place of a right one.
"""

from types import SimpleNamespace

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import bindparam, func, select, text, update

from igny8 import clock, extensions
from igny8.engine.billing import credits
from igny8.engine.runs import run_states, start_run, transitions
from igny8.engine.work import claims, counters, recovery, settle, worker_loop
from igny8.errors import RequestDeferred
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import CreditAccount, Run, RunItem, RunStage, Worker
from igny8.models.credit_account import local_now

item = RunItem.__table__


def no_token(put) -> None:
    """Settle whatever the batch names, whoever holds it now: what was given back is done twice."""

    def write_items(tx, batch, outcomes, credits, seconds):
        for state, ids in (
            ("done", outcomes.done),
            ("skipped", outcomes.skipped),
            ("failed", outcomes.failed),
            ("queued", outcomes.retried),
        ):
            tx.execute(update(item).where(item.c.id.in_(list(ids))).values(state=state, token=None))
        for i in batch.items:
            if credits.get(i.subject_id):
                tx.execute(
                    update(item).where(item.c.id == i.id).values(credits=credits[i.subject_id])
                )

    put(settle, "write_items", write_items)


def no_unique_key(put) -> None:
    """Mutant: create clusters without their unique key, so that duplicates appear."""
    right = start_run._start

    def _begin(*facts, **more):
        with db.engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            if sqlite:  # it rebuilds the table, and takes no row along with it
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            with (
                connection.begin(),
                Operations(MigrationContext.configure(connection)).batch_alter_table(
                    "cluster"
                ) as batch,
            ):
                batch.drop_constraint("uq_cluster_site_id_slug", type_="unique")
            if sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
        return right(*facts, **more)

    put(start_run, "_start", _begin)


def two_transactions(put) -> None:
    """Write effects and items in one transaction, counters and credits in a second one."""
    later, write_counters, fault = [], settle.write_counters, settle.fault_point

    def put_off(tx, *facts):
        later.append(facts)

    def second(point):
        fault(point)
        if point == "settled":
            with write_transaction() as tx:
                write_counters(tx, *later.pop())

    put(settle, "write_counters", put_off)
    put(settle, "fault_point", second)


def advance_inside(put) -> None:
    """Mutant: advance in the item's transaction, where the last two items see each other active."""
    write_items, block, sees_none = settle.write_items, settle._block_run, set()
    left = select(func.count()).where(
        item.c.run_id == bindparam("of_run"),
        item.c.stage == bindparam("at"),
        item.c.state.in_(("queued", "active")),
    )

    def look(tx, batch, *facts):
        write_items(tx, batch, *facts)
        if not tx.execute(left, {"of_run": batch.run_id, "at": batch.stage}).scalar_one():
            sees_none.add(batch.token)
        settle.fault_point("looked")

    def move_on(tx, batch, fates):
        block(tx, batch, fates)
        if batch.token in sees_none:
            stages = tx.execute(
                select(RunStage.__table__)
                .where(RunStage.run_id == batch.run_id)
                .order_by(RunStage.number)
            ).all()
            transitions._advance_stages(tx, Run.lock(tx, batch.run_id), stages)

    put(
        settle,
        "LOCK_RUN",
        select(*settle.LOCK_RUN.selected_columns).where(Run.id == bindparam("of_run")),
    )  # without its lock
    put(settle, "write_items", look)
    put(settle, "_block_run", move_on)
    put(worker_loop, "advance", lambda run_id: False)
    put(recovery, "advanceable_runs", list)


def beat_per_worker(put) -> None:
    """Mutant: send heartbeats per worker, also for claims that it has lost."""

    def beat(self):
        with write_transaction() as tx:
            tx.execute(
                update(Worker).where(Worker.id == self.worker_id).values(last_seen=clock.now())
            )
            tx.execute(
                update(item)
                .where(item.c.worker_id == self.worker_id, item.c.state == "active")
                .values(heartbeat_count=item.c.heartbeat_count + 1)
            )
        self._last_beat = clock.monotonic()

    put(recovery.Heartbeat, "send", beat)


def empty_beat(put) -> None:
    """Mutant: send heartbeats without claims: the worker lives, its claims look dead."""
    put(recovery.Heartbeat, "track_claim", lambda self, token: None)


def deferred_write(put) -> None:
    """Take SQLite's write lock when the first write comes, not at the beginning."""
    put(
        extensions,
        "_begin_transaction",
        lambda connection: connection.exec_driver_sql("BEGIN DEFERRED"),
    )


def no_reserve(put) -> None:
    """Mutant: check the caps, send, and record the cost later."""

    def reserve(tx, run, amount):
        row = tx.execute(
            select(CreditAccount.__table__).where(CreditAccount.period == str(run.id))
        ).first()
        if row is None and amount:
            right(tx, run, amount)  # opens the accounts
            day = local_now("UTC").date().isoformat()
            CreditAccount.record(tx, run.site_id, run.id, day, reserved=-amount)
        elif amount and row.spent + amount > row.budget:
            raise RequestDeferred("no room", kind="budget")
        return local_now("UTC").date().isoformat()

    def settle_(tx, batch, done, lost):
        rows = [
            row
            for row in credits.ProviderRequest.fetch_reserved(tx, batch.run_id, batch.stage, done)
            if row.credits
        ]
        for row in rows:  # as much as will be settled, so that the counters go on adding up
            CreditAccount.record(tx, row.site_id, row.run_id, row.day, reserved=row.credits)
        return settled(tx, batch, done, lost)

    def release(tx, rows):
        for row in rows:
            tx.execute(
                credits.UPDATE_CHARGE, {"one": row.id, "into": "released", "price": row.credits}
            )

    right, settled = credits.reserve, credits.capture
    put(credits, "reserve", reserve)
    put(credits, "record_reservation", lambda *facts: None)
    put(credits, "adjust_reservation", lambda *facts: None)
    put(credits, "release", release)
    put(credits, "capture", settle_)


def no_share_lock(put) -> None:
    """Mutant: claim from a stale copy of a run, which may be paused by now."""

    def _lock_candidate(tx, candidate):
        claims.fault_point("looked")
        return candidate

    put(claims, "_lock_candidate", _lock_candidate)


def advance_without_active(put) -> None:
    """Mutant: end a stage when nothing is queued, with active items."""
    move_on = transitions._advance_stages

    def blind(tx, row, stages):
        return move_on(
            tx,
            row,
            [
                SimpleNamespace(
                    **{**s._mapping, "planning_progress": s.planning_progress, "active": 0}
                )
                for s in stages
            ],
        )

    put(transitions, "_advance_stages", blind)


def pause_without_active(put) -> None:
    """Mutant: mark a run as paused at once, with active items."""

    def hasty(run_id):
        with write_transaction() as tx:
            row = tx.execute(select(Run.__table__).where(Run.id == run_id)).first()
            if row.desired_state == "pause" and row.state == "running":
                return run_states.pause(tx, row)
        return False

    wanted = transitions.advance

    def advance_(run_id):
        return hasty(run_id) or wanted(run_id)

    for module in (transitions, start_run, worker_loop, recovery):
        put(module, "advance", advance_)


def recovery_without_condition(put) -> None:
    """Mutant: requeue the claims that a worker had earlier, not those it has now."""
    held, claim = {}, claims.claim

    def remembered(worker_id):
        batch = claim(worker_id)
        if batch is not None:
            held[batch.token] = batch
        return batch

    def give_back(token, beat, why):
        batch = held[token]
        with write_transaction() as tx:
            tx.execute(
                update(item)
                .where(item.c.id.in_([i.id for i in batch.items]))
                .values(state="queued", token=None, crashes=item.c.crashes + 1)
            )
        return len(batch.items)

    put(claims, "claim", remembered)
    put(worker_loop, "claim", remembered)
    put(recovery, "requeue", give_back)


def look_then_insert(put) -> None:
    """Mutant: check for an open run, then insert another one without a unique key."""

    def _begin(site_id, trigger, by, queries, parent=None, refuse=False, first=None):
        with write_transaction() as tx:
            tx.execute(text("DROP INDEX IF EXISTS uq_automation_run_open"))
        with read_transaction() as tx:
            open_run = Run.find_open(tx, site_id)
        if open_run is not None:
            return open_run.public_id, False
        start_run.fault_point("looked")
        with write_transaction() as tx:
            _, public_id, _ = start_run.insert_run(tx, site_id, trigger, by, queries, parent, first)
        return public_id, True

    put(start_run, "_start", _begin)


def outputs_apart(put) -> None:
    """Settle an item without enrolling what it made: the next stage never hears of it."""
    put(settle, "enrol_outputs", lambda tx, batch, outputs: 0)


def bar_by_known(put) -> None:
    """Show done ÷ known: the bar goes back whenever something new is made."""

    def advance_bar(q, stage, count, rates, processed, remaining):
        done, known = sum(processed) + count, sum(processed) + sum(remaining)
        return max(1e-9, 1 - done / max(1, known))

    put(counters, "advance_bar", advance_bar)


# the ten of the design, and some more
TEN = (
    no_token,
    no_unique_key,
    two_transactions,
    advance_inside,
    beat_per_worker,
    deferred_write,
    look_then_insert,
    no_reserve,
    no_share_lock,
    empty_beat,
)
MUTANTS = {
    mutant.__name__: mutant
    for mutant in (
        *TEN,
        advance_without_active,
        pause_without_active,
        recovery_without_condition,
        outputs_apart,
        bar_by_known,
    )
}
