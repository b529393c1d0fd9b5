"""A client's link: read, comment, decide; never by a GET; nothing once it is over or revoked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ClientComment, ClientLink, Content, Task

ARTICLE = 1


@pytest.fixture
def link(garden):
    """Return a function that makes a link to the first article of the garden, which is in review."""
    with write_transaction() as tx:
        values = {"status": "review", "handed_over": True, "handed_over_at": clock.now()}
        tx.execute(update(Content).where(Content.id == ARTICLE).values(values))

    def make(days=7, **options):
        ends_at = clock.now() + timedelta(days=days)
        with write_transaction() as tx:
            token = ClientLink.create(tx, garden, "Acme", "owner", ends_at, ARTICLE, **options)
        return f"/client/{token}"

    return make


def article():
    with read_transaction() as tx:
        query = select(Content.status, Content.decision_reason).where(Content.id == ARTICLE)
        return tuple(tx.execute(query).one())


def test_opening_every_address_of_a_link_decides_nothing(stranger, link):
    home = link()
    for path in (home, f"{home}/{ARTICLE}"):
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "same-origin"
    for verb in ("approve", "request_changes", "comment"):
        assert stranger.get(f"{home}/{ARTICLE}/{verb}").status_code == 405
    assert article()[0] == "review"


def test_client_approves_without_an_account(stranger, link):
    answer = stranger.post(f"{link()}/{ARTICLE}/approve", data={"author": "Carla"})
    assert answer.status_code == 303
    assert article() == ("approved", "approved by Carla by the link “Acme”")


def test_comments_become_notes_for_the_rewrite(stranger, link):
    home = f"{link()}/{ARTICLE}"
    comment = {"author": "Carla", "quote": "eight weeks", "text": "Ten, rather."}
    assert stranger.post(f"{home}/comment", data=comment).status_code == 303
    assert "Ten, rather." in stranger.get(home).get_data(as_text=True)
    stranger.post(f"{home}/request_changes", data={"author": "Carla", "text": "Shorter."})
    assert article() == ("sent_back", "Shorter.\n“eight weeks”: Ten, rather.")
    with read_transaction() as tx:
        note = tx.execute(select(Task.note).join(Content, Content.task_id == Task.id)).scalars()
        assert "Ten, rather." in next(iter(note))
        assert tx.execute(select(ClientComment.resolved_at)).scalars().first() is not None


def test_link_without_decisions_decides_nothing(stranger, link):
    answer = stranger.post(f"{link(may_decide=False)}/{ARTICLE}/approve", data={"author": "Carla"})
    assert (answer.status_code, article()[0]) == (403, "review")


def test_link_shows_nothing_beyond_its_scope(stranger, link):
    assert stranger.get(f"{link()}/2").status_code == 404


@pytest.mark.parametrize("end", ["over", "revoked"])
def test_ended_link_is_not_found(stranger, link, garden, end):
    home = link(days=-1 if end == "over" else 7)
    if end == "revoked":
        with write_transaction() as tx:
            assert ClientLink.revoke(tx, garden, 1)
    assert stranger.get(home).status_code == 404
    answer = stranger.post(f"{home}/{ARTICLE}/approve", data={"author": "Carla"})
    assert (answer.status_code, article()[0]) == (404, "review")


def test_owner_creates_a_link_and_sees_it_once(client, link):
    form = {"link_name": "Acme", "days": "7", "article": "", "may_decide": "1"}
    page = client.post("/sites/green-garden/settings/client-review", data=form)
    assert "/client/" in page.get_data(as_text=True)
    again = client.get("/sites/green-garden/settings/client-review").get_data(as_text=True)
    assert "Acme" in again
    assert "/client/" not in again
