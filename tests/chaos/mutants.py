"""Deliberate bugs in the protocol: the checker has to find each, or it proves nothing.

A mutant is a function that is given a `setattr` (pytest's monkeypatch, or the real one in a process
of its own) and puts a wrong part in place of a right one.
"""

from types import SimpleNamespace

from sqlalchemy import select, text, update

from igny8.engine import advance, begin, claims, pump, recovery, settle
from igny8.extensions import reading, writing
from igny8.models import Run, RunItem

item = RunItem.__table__


def no_token(put) -> None:
    """Settle whatever the batch names, whoever holds it now: what was given back is done twice."""
    def write_items(tx, batch, fates, kept, seconds):
        for state, ids in (("done", fates.done), ("skipped", fates.skipped), ("failed", fates.failed),
                           ("queued", fates.again)):
            tx.execute(update(item).where(item.c.id.in_(list(ids))).values(state=state, token=None))
        for i in batch.items:
            if kept.credits.get(i.subject_id):
                tx.execute(update(item).where(item.c.id == i.id).values(credits=kept.credits[i.subject_id]))
    put(settle, "_write_items", write_items)


def two_transactions(put) -> None:
    """Write effects and items in one transaction, counters and credits in a second one."""
    later, write_counters, fault = [], settle._write_counters, settle.fault

    def put_off(tx, *facts):
        later.append(facts)

    def second(point):
        fault(point)
        if point == "settled":
            with writing() as tx:
                write_counters(tx, *later.pop())
    put(settle, "_write_counters", put_off)
    put(settle, "fault", second)


def advance_without_active(put) -> None:
    """Call a stage over when nothing is queued, though something is in work."""
    move_on = advance._move_on

    def blind(tx, row, stages):
        return move_on(tx, row, [SimpleNamespace(**{**s._mapping, "active": 0}) for s in stages])
    put(advance, "_move_on", blind)


def pause_without_active(put) -> None:
    """Call a run paused at once, though something is in work."""
    def hasty(run_id):
        with writing() as tx:
            row = tx.execute(select(Run.__table__).where(Run.id == run_id)).first()
            if row.want == "pause" and row.state == "running":
                return advance._pause(tx, row)
        return False
    wanted = advance.advance

    def advance_(run_id):
        return hasty(run_id) or wanted(run_id)
    for module in (advance, begin, pump, recovery):
        put(module, "advance", advance_)


def recovery_without_condition(put) -> None:
    """Give back what a worker held when somebody looked, not what it holds now."""
    held, claim = {}, claims.claim

    def remembered(worker_id):
        batch = claim(worker_id)
        if batch is not None:
            held[batch.token] = batch
        return batch

    def give_back(token, beat, why):
        batch = held[token]
        with writing() as tx:
            tx.execute(update(item).where(item.c.id.in_([i.id for i in batch.items]))
                       .values(state="queued", token=None, crashes=item.c.crashes + 1))
        return len(batch.items)
    put(claims, "claim", remembered)
    put(pump, "claim", remembered)
    put(recovery, "give_back", give_back)


def look_then_insert(put) -> None:
    """Look for an open run, and later, without a unique key, insert another one."""
    def _begin(site_id, trigger, by, queries, parent=None):
        with writing() as tx:
            tx.execute(text("DROP INDEX IF EXISTS uq_automation_run_open"))
        with reading() as tx:
            open_run = Run.open_of(tx, site_id)
        if open_run is not None:
            return open_run.public_id, False
        begin.fault("looked")
        with writing() as tx:
            _, public_id, _ = begin._enrol(tx, site_id, trigger, by, queries, parent)
        return public_id, True
    put(begin, "_begin", _begin)


def outputs_apart(put) -> None:
    """Settle an item without enrolling what it made: the next stage never hears of it."""
    put(settle, "_enrol", lambda tx, batch, outputs: 0)


def bar_by_known(put) -> None:
    """Show done ÷ known: the bar goes back whenever something new is made."""
    def share_rest(q, stage, count, rates, processed, remaining):
        done, known = sum(processed) + count, sum(processed) + sum(remaining)
        return max(1e-9, 1 - done / max(1, known))
    put(settle, "share_rest", share_rest)


MUTANTS = {mutant.__name__: mutant for mutant in (
    no_token, two_transactions, advance_without_active, pause_without_active, recovery_without_condition,
    look_then_insert, outputs_apart, bar_by_known)}
