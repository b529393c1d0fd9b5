"""The page of what waits for a decision, and the settings that make a run wait."""

import pytest
from sqlalchemy import select

from igny8.engine.runs import start_run
from igny8.extensions import read_transaction
from igny8.models import GateDecision, Run, RunItem
from tests.factories import make_keywords, make_user, sign_in


@pytest.fixture
def waits(client, site, drain):
    """Let a run of the site wait for an approval of its ideas; return the client."""
    form = {f"mode_{n}": "off" for n in range(1, 7)} | {"mode_2": "every", "reading_limit": ""}
    answer = client.post("/sites/green-garden/settings/approval", data=form)
    assert answer.status_code == 303
    make_keywords(site, 8)
    start_run.start_run(site)
    drain()
    return client


def decisions():
    with read_transaction() as tx:
        return dict(tx.execute(select(GateDecision.subject_id, GateDecision.decision)).all())


def ideas():
    with read_transaction() as tx:
        return list(tx.execute(select(RunItem.subject_id).where(RunItem.stage == 3)).scalars())


def test_page_lists_what_waits_and_stores_what_was_decided(waits):
    page = waits.get("/sites/green-garden/approval").get_data(as_text=True)
    assert "4 ideas wait for your approval" in page
    chosen = ideas()
    waits.post("/sites/green-garden/approval/approve", data={"ids": chosen[:1]})
    waits.post("/sites/green-garden/approval/reject", data={"ids": chosen[1:2], "reason": "broad"})
    assert decisions() == {chosen[0]: "approved", chosen[1]: "rejected"}
    answer = waits.post("/sites/green-garden/approval/continue")
    assert answer.status_code == 303
    with read_transaction() as tx:
        assert Run.find(tx, 1).state == "running"


def test_automation_page_names_the_decision_as_the_next_step(waits):
    page = waits.get("/sites/green-garden/automation").get_data(as_text=True)
    assert "Waiting for you: 4 ideas wait for your approval." in page
    assert 'href="/sites/green-garden/approval"' in page


def test_viewer_cannot_decide(waits, stranger):
    sign_in(stranger, make_user("vera", green_garden="viewer"))
    answer = stranger.post("/sites/green-garden/approval/approve", data={"all": "1"})
    assert answer.status_code == 403
    assert decisions() == {}


@pytest.mark.parametrize(
    "wrong", [{"mode_2": "x"}, {"mode_4": "first", "first_4": "0"}, {"reading_limit": "-1"}]
)
def test_wrong_settings_are_refused_at_their_field(client, site, wrong):
    form = {f"mode_{n}": "off" for n in range(1, 7)} | {"reading_limit": ""} | wrong
    answer = client.post("/sites/green-garden/settings/approval", data=form)
    assert answer.status_code == 422
    assert "Please check" in answer.get_data(as_text=True)
