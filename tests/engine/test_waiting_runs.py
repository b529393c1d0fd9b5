"""Runs that wait for people cost nothing: a look at many is as cheap as at few, and nothing grows."""

import pytest
from sqlalchemy import event, func, inspect, select, table

from igny8.engine.runs import start_run
from igny8.extensions import db, read_transaction
from igny8.models import Gate, Gates, Run
from igny8.models.gate import EVERY
from tests.factories import make_keywords, make_site

FEW, MANY = 2, 40
LOOKS_PER_HOUR = 60


@pytest.fixture
def wait_for_people(drain):
    """Return a function that lets runs of new sites wait after stage 2, until there are `count`."""
    made = []

    def until(count: int) -> None:
        while len(made) < count:
            gates = Gates({2: Gate(EVERY)}).to_json()
            made.append(make_site(f"waiting-{len(made)}", gates=gates))
            make_keywords(made[-1], 3)
            start_run.start_run(made[-1])
        drain()
        with read_transaction() as tx:
            states = tx.execute(select(Run.state)).scalars().all()
        assert states == ["blocked"] * count

    return until


def look(inline_worker) -> int:
    """Let a worker look for work as it does every two seconds; return how many statements it took."""
    seen = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert inline_worker.sweep() is False
        assert inline_worker.claim() is None
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def row_counts() -> dict[str, int]:
    with read_transaction() as tx:
        return {
            name: tx.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(db.engine).get_table_names()
        }


def test_number_of_statements_does_not_grow_with_waiting_runs(wait_for_people, inline_worker):
    wait_for_people(FEW)
    look(inline_worker)  # the first look reads what later ones have at hand
    few = look(inline_worker)
    wait_for_people(MANY)
    look(inline_worker)
    assert look(inline_worker) == few


def test_waiting_for_an_hour_leaves_nothing_behind(wait_for_people, inline_worker, hours_later):
    wait_for_people(FEW)
    look(inline_worker)
    before, first = row_counts(), look(inline_worker)
    with read_transaction() as tx:
        versions = tx.execute(select(Run.id, Run.version)).all()
    taken = []
    for _ in range(LOOKS_PER_HOUR):
        hours_later(3600 / LOOKS_PER_HOUR)
        inline_worker.heartbeat.send()
        taken.append(look(inline_worker))
    assert set(taken) <= {first}
    assert row_counts() == before
    with read_transaction() as tx:
        assert tx.execute(select(Run.id, Run.version)).all() == versions
