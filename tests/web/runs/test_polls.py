"""A poll costs little, and access that ended is refused at the next poll."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from igny8 import clock, progress
from igny8.extensions import read_transaction, write_transaction
from igny8.models import LoginSession, Membership, Run, Site, User
from tests.factories import make_user, sign_in, tag_of_page

LIVE = "/sites/green-garden/automation/live"


@pytest.fixture
def editor(client, app, at_work):
    """Return (client, id) of an editor whose page has polled already."""
    user_id = make_user("editor", green_garden="editor")
    return ready(sign_in(app.test_client(), user_id)), user_id


def ready(visitor):
    """Let a client open its page and poll, as a browser does."""
    visitor.get("/sites/green-garden/automation")
    visitor.get(f"{LIVE}?v=old")
    return visitor


def change(statement) -> None:
    with write_transaction() as tx:
        tx.execute(statement)


def test_unchanged_poll_costs_one_statement_and_no_body(editor, statements):
    tag = tag_of_page("green-garden")
    with statements() as executed:
        answer = editor[0].get(f"{LIVE}?v={tag}")
    assert (answer.status_code, answer.data, len(executed)) == (204, b"", 1)


def test_poll_of_a_shared_partial_costs_one_statement(editor, statements):
    with statements() as executed:
        assert editor[0].get(f"{LIVE}?v=old").status_code == 200
    assert len(executed) == 1


def test_changed_run_is_rendered_in_four_statements(editor, statements):
    tag = tag_of_page("green-garden")
    change(update(Run).values(version=Run.version + 1, bar_remaining=0.5))
    with statements() as executed:
        assert 'data-percent="50"' in editor[0].get(f"{LIVE}?v={tag}").text
    assert len(executed) <= 4, executed


def test_ended_run_costs_no_more_than_a_page_without_a_run(editor, statements):
    tag = tag_of_page("green-garden")
    change(update(Run).values(version=Run.version + 1, state="cancelled"))
    with statements() as shown:
        assert "Stopped at" in editor[0].get(f"{LIVE}?v={tag}").text
    tag = tag_of_page("green-garden")
    with statements() as unchanged:
        assert editor[0].get(f"{LIVE}?v={tag}").status_code == 204
    change(update(Run).values(dismissed=True))
    with statements() as idle:
        assert "Ready to run" in editor[0].get(f"{LIVE}?v={tag}").text
    assert len(shown) <= len(idle) + 2 and len(unchanged) <= len(idle) + 2


def test_partial_is_rendered_once_for_many_viewers(editor, app, monkeypatch):
    rendered, snapshot = [], progress.snapshot

    def counted(*args, **named):
        rendered.append(threading.get_ident())
        return snapshot(*args, **named)

    shown = tag_of_page("green-garden")
    monkeypatch.setattr(progress, "snapshot", counted)
    change(update(Run).values(version=Run.version + 1))
    visitors = [sign_in(app.test_client(), editor[1]) for _ in range(4)]

    def poll(visitor) -> int:
        with app.app_context():
            return visitor.get(f"{LIVE}?v={shown}").status_code

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(poll, visitors)) == [200] * 4
    assert len(rendered) == 1


REVOKED = {
    "signed out": (lambda who: delete(LoginSession).where(LoginSession.user_id == who), 303),
    "session over": (
        lambda who: update(LoginSession).values(ends_at=clock.now() - timedelta(seconds=1)),
        303,
    ),
    "idle for too long": (
        lambda who: update(LoginSession).values(seen_at=clock.now() - timedelta(days=8)),
        303,
    ),
    "account disabled": (
        lambda who: update(User).where(User.id == who).values(disabled=True),
        303,
    ),
    "removed from the site": (
        lambda who: delete(Membership).where(Membership.user_id == who),
        404,
    ),
    "site deleted": (lambda who: delete(Site), 404),
}


@pytest.mark.parametrize("how", REVOKED)
@pytest.mark.parametrize("shown", ["old", "now"])
def test_access_that_ended_is_refused_at_the_next_poll(editor, how, shown):
    seen = tag_of_page("green-garden") if shown == "now" else shown
    assert editor[0].get(f"{LIVE}?v={seen}").status_code in (200, 204)
    statement, status = REVOKED[how]
    change(statement(editor[1]))
    answer = editor[0].get(f"{LIVE}?v={seen}")
    assert answer.status_code == status and "Overall progress" not in answer.text


def test_changed_role_gets_its_own_partial_at_once(editor):
    assert "form-" in editor[0].get(f"{LIVE}?v=old").text
    change(update(Membership).where(Membership.user_id == editor[1]).values(role="viewer"))
    assert "form-" not in editor[0].get(f"{LIVE}?v=old").text


def test_poll_for_another_host_or_without_cookie_is_refused(editor):
    app, address = editor[0].application, f"{LIVE}?v=old"
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = f"{name}={editor[0].get_cookie(name).value}"
    visitor = app.test_client(use_cookies=False)
    local, foreign = ({"Host": host, "Cookie": cookie} for host in ("localhost", "evil.example"))
    assert visitor.get(address, headers=local).status_code == 200
    assert visitor.get(address, headers=foreign).status_code == 400
    assert visitor.get(address).status_code == 303


def test_poll_of_a_site_without_a_role_is_not_found(editor):
    change(insert(Site).values(name="Red", slug="red"))
    assert editor[0].get("/sites/red/automation/live?v=old").status_code == 404


def test_poll_records_that_a_session_is_in_use(editor):
    ago = clock.now() - timedelta(hours=1)
    change(update(LoginSession).where(LoginSession.user_id == editor[1]).values(seen_at=ago))
    editor[0].get(f"{LIVE}?v=old").close()
    with read_transaction() as tx:
        query = LoginSession.__table__.select().where(LoginSession.user_id == editor[1])
        rows = tx.execute(query).all()
    assert rows[0].seen_at > ago
