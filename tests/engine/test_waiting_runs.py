"""Runs that wait for people cost nothing: a look at many is as cheap as at few, and nothing grows."""

import pytest
from sqlalchemy import event, func, inspect, select, table, text

from igny8.engine.runs import start_run
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Gate, Gates, Run, RunItem, RunStage, Site, SiteSettings
from igny8.models.gate import EVERY
from tests.factories import make_keywords, make_site

FEW, MANY = 2, 200
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


def multiply(count: int) -> None:
    """Copy the first site with its waiting run until there are `count` runs."""
    with write_transaction() as tx:
        first = tx.execute(select(Run.__table__).order_by(Run.id)).mappings().first()
        for number in range(count - FEW):
            own = {"site_id": 1000 + number, "run_id": 1000 + number}
            names = {"slug": f"copy-{number}", "name": f"Copy {number}"}
            copy(tx, Site, {"id": first["site_id"]}, {"id": own["site_id"]} | names)
            copy(tx, SiteSettings, {"site_id": first["site_id"]}, {"site_id": own["site_id"]})
            run = {"id": own["run_id"], "public_id": f"copy-{number}", "site_id": own["site_id"]}
            copy(tx, Run, {"id": first["id"]}, run)
            for model in (RunStage, RunItem):
                copy(tx, model, {"run_id": first["id"]}, {"run_id": own["run_id"]})


def copy(tx, model, which: dict, values: dict) -> None:
    found = tx.execute(select(model.__table__).filter_by(**which)).mappings().all()
    new = [{name: row[name] for name in row if name != "id"} | values for row in found]
    tx.execute(model.__table__.insert(), new)


def open_transactions() -> int:
    """Return how many connections of a PostgreSQL database have an open transaction."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE "
    )
    with read_transaction() as tx:
        if tx.dialect.name == "sqlite":
            return 0  # write_transaction() below begins IMMEDIATE: it waits for every other one
        idle = tx.execute(text(query + "'idle in transaction%' AND pid <> pg_backend_pid()"))
        return idle.scalar_one()


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


def fewest_statements(inline_worker) -> int:
    """Return how many statements a look takes of a worker that may claim."""
    inline_worker.heartbeat.send()
    return min(look(inline_worker) for _ in range(3))


def row_counts() -> dict[str, int]:
    with read_transaction() as tx:
        return {
            name: tx.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(db.engine).get_table_names()
        }


def test_number_of_statements_does_not_grow_with_waiting_runs(wait_for_people, inline_worker):
    wait_for_people(FEW)
    look(inline_worker)  # the first look reads what later ones have at hand
    few = fewest_statements(inline_worker)
    multiply(MANY)
    look(inline_worker)
    assert fewest_statements(inline_worker) == few


def test_waiting_for_an_hour_leaves_nothing_behind(wait_for_people, inline_worker, hours_later):
    wait_for_people(FEW)
    multiply(MANY)
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
    assert open_transactions() == 0
    with write_transaction() as tx:
        active = tx.execute(select(func.count()).where(RunItem.token.is_not(None))).scalar_one()
    assert active == 0 and len(versions) == MANY
    with read_transaction() as tx:
        assert tx.execute(select(Run.id, Run.version)).all() == versions
