"""Ideas: decided about, edited and ordered, on the list and on the board."""

import pytest
from sqlalchemy import select, update

from igny8.extensions import read_transaction, write_transaction
from igny8.models import GateDecision, Idea, RunSettings, Task
from igny8.stages import get_stage

HOME = "/sites/green-garden/ideas"


@pytest.fixture
def ideas(garden):
    """Make all ideas of the garden wait again; return their ids."""
    with write_transaction() as tx:
        tx.execute(update(Idea).values(status="new", disabled=False))
        tx.execute(Task.__table__.delete())
        return list(tx.execute(select(Idea.id).order_by(Idea.id)).scalars())


def queue(site_id):
    """Return the ideas in the order in which a run takes them."""
    waiting = get_stage(3).waiting_query(site_id, RunSettings()).subquery()
    with read_transaction() as tx:
        return list(tx.execute(select(waiting.c.id).order_by(waiting.c.rank)).scalars())


def decision(idea_id):
    with read_transaction() as tx:
        found = select(GateDecision.decision, GateDecision.reason, GateDecision.decided_by)
        return tuple(tx.execute(found.where(GateDecision.subject_id == idea_id)).one())


def test_ideas_are_decided_about_in_bulk_with_a_reason(client, ideas):
    form = {"verb": "reject", "ids": ideas[:2], "reason": "off topic"}
    client.post(f"{HOME}/change", data=form)
    assert decision(ideas[0]) == ("rejected", "off topic", "owner")
    page = client.get(f"{HOME}?status=rejected").get_data(as_text=True)
    assert page.count('name="ids"') == 2
    client.post(f"{HOME}/change", data={"verb": "enable", "ids": ideas[:1]})
    client.post(f"{HOME}/change", data={"verb": "approve", "ids": ideas[:1]})
    assert decision(ideas[0])[0] == "approved"


def test_moved_card_changes_the_queue(client, garden, ideas):
    moved = {"idea": ideas[-1], "column": "new", "before": ideas[0]}
    assert client.post(f"{HOME}/board/move", data=moved).status_code == 303
    assert queue(garden) == [ideas[-1], *ideas[:-1]]


def test_card_dropped_on_a_column_is_decided(client, ideas):
    client.post(f"{HOME}/board/move", data={"idea": ideas[0], "column": "rejected"})
    assert decision(ideas[0])[0] == "rejected"
    client.post(f"{HOME}/board/move", data={"idea": ideas[0], "column": "approved"})
    assert decision(ideas[0])[0] == "approved"
    assert client.get(f"{HOME}/board").status_code == 200


def test_order_by_value_puts_most_demand_per_word_first(client, garden, ideas):
    with write_transaction() as tx:
        tx.execute(update(Idea).values(target_words=1000))
        tx.execute(update(Idea).where(Idea.id == ideas[-1]).values(target_words=10))
    client.post(f"{HOME}/order")
    assert queue(garden)[0] == ideas[-1]


def test_forecast_of_a_selection_counts_only_waiting_ideas(client, ideas):
    answer = client.post(f"{HOME}/forecast", data={"ids": ideas[:2]}).get_data(as_text=True)
    assert "2 ideas selected" in answer


def edit_form(row, **changes):
    form = {"title": row.title, "angle": row.angle, "format": row.format, "target_words": "900"}
    return form | {"outline": "First\n- one point\nSecond", "primary": ""} | changes


def test_edited_idea_is_stored_with_its_outline(client, ideas):
    with read_transaction() as tx:
        rows = tx.execute(select(Idea.__table__).order_by(Idea.id)).all()
    address = f"{HOME}/{ideas[0]}/edit"
    assert client.get(address).status_code == 200
    answer = client.post(address, data=edit_form(rows[0], title="A better title"))
    assert answer.status_code == 303
    with read_transaction() as tx:
        row = tx.execute(select(Idea.__table__).where(Idea.id == ideas[0])).one()
    assert (row.title, row.title_key, row.target_words) == ("A better title", "a better title", 900)
    assert [section["heading"] for section in row.outline] == ["First", "Second"]
    assert row.outline[0]["points"] == ["one point"]
    taken = client.post(address, data=edit_form(rows[0], title=rows[1].title.upper()))
    assert taken.status_code == 422


def test_near_duplicates_are_marked_with_their_twin(client, ideas):
    for one, title in (
        (ideas[0], "Best compost bins for a balcony"),
        (ideas[1], "The best compost bin for your balcony"),
    ):
        with write_transaction() as tx:
            values = {
                "title": title,
                "title_key": title.casefold(),
                "primary_phrase": "compost bin",
            }
            tx.execute(update(Idea).where(Idea.id == one).values(values))
    page = client.get(HOME).get_data(as_text=True)
    assert page.count("nearly the same as") == 2
