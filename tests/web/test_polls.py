"""A poll that was answered before is answered by one look, and by nothing that is not true any more."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import LoginSession, Membership, Run, Site, SiteSettings, User
from igny8.web.live import poll_cache
from tests.factories import make_user, sign_in, tag_of_page

LIVE = "/sites/green-garden/automation/live"


@pytest.fixture
def editor(client, app, at_work):
    """Return (client, id) of an editor whose page has polled already, with the token of its forms."""
    user_id = make_user("editor", green_garden="editor")
    return ready(sign_in(app.test_client(), user_id)), user_id


@pytest.fixture
def long_way(app, monkeypatch):
    """Return the list of addresses that were answered the long way."""
    seen, polls_of = [], app.extensions["igny8.polls"]
    inner = polls_of._long_way

    def noted(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    monkeypatch.setattr(polls_of, "_long_way", noted)
    return seen


def ready(visitor):
    """Let a client look at its page once, as everybody does, and poll."""
    visitor.get("/sites/green-garden/automation")
    visitor.get(f"{LIVE}?v=old")
    return visitor


def change(statement) -> None:
    with write_transaction() as tx:
        tx.execute(statement)


def test_a_poll_like_the_one_before_is_one_look(editor, long_way, statements):
    tag = tag_of_page("green-garden")
    with statements() as seen:
        answers = [
            editor[0].get(f"{LIVE}?v={tag}").status_code,
            editor[0].get(f"{LIVE}?v=old").status_code,
        ]
    assert (answers, seen, long_way) == ([204, 200], [], [])


@pytest.mark.parametrize("shown", ["old", "now"])
def test_both_ways_give_the_same_answer(editor, app, monkeypatch, shown):
    seen, now = tag_of_page("green-garden") if shown == "now" else shown, clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # how long it lasts by now is on the page
    short = editor[0].get(f"{LIVE}?v={seen}")
    monkeypatch.setattr(app.extensions["igny8.polls"], "_passed", {})
    long = editor[0].get(f"{LIVE}?v={seen}")
    assert (short.status, short.data) == (long.status, long.data)
    assert sorted(short.headers) == sorted(long.headers)


def test_a_run_that_moved_on_is_shown_anew(editor, long_way, statements):
    tag = tag_of_page("green-garden")
    assert editor[0].get(f"{LIVE}?v={tag}").status_code == 204
    change(update(Run).values(version=Run.version + 1, bar_remaining=0.5))
    with statements() as seen:
        assert 'data-percent="50"' in editor[0].get(f"{LIVE}?v={tag}").text and len(long_way) == 1
    assert len(seen) <= 3, seen  # and the look


def test_a_run_that_ended_is_shown_anew_and_costs_no_more(editor, statements):
    tag = tag_of_page("green-garden")
    change(update(Run).values(version=Run.version + 1, state="cancelled"))
    with statements() as shown:
        assert "Stopped at" in editor[0].get(f"{LIVE}?v={tag}").text
    tag = tag_of_page("green-garden")
    with statements() as unchanged:
        assert editor[0].get(f"{LIVE}?v={tag}").status_code == 204
    assert len(shown) <= 3 and len(unchanged) <= 3  # and the look


@pytest.mark.parametrize(
    "what",
    [
        update(Site).values(name="Renamed"),
        update(User).values(name="renamed"),
        update(SiteSettings).values(next_run_at=clock.now(), time_zone="Asia/Tokyo"),
    ],
)
def test_what_the_page_says_of_site_and_viewer_is_read_anew_when_it_changed(editor, long_way, what):
    change(what)
    assert [editor[0].get(f"{LIVE}?v=old").status_code for _ in range(2)] == [200, 200]
    assert len(long_way) == 1


GONE = {
    "signed out": (lambda who: delete(LoginSession).where(LoginSession.user_id == who), 303),
    "session over": (
        lambda who: update(LoginSession).values(ends_at=clock.now() - timedelta(seconds=1)),
        303,
    ),
    "away for long": (
        lambda who: update(LoginSession).values(seen_at=clock.now() - timedelta(days=8)),
        303,
    ),
    "account shut": (lambda who: update(User).where(User.id == who).values(disabled=True), 303),
    "off the site": (lambda who: delete(Membership).where(Membership.user_id == who), 404),
    "site gone": (lambda who: delete(Site), 404),
}


@pytest.mark.parametrize("how", GONE)
@pytest.mark.parametrize("shown", ["old", "now"])
def test_who_may_look_no_longer_learns_nothing_from_that_moment_on(editor, how, shown):
    seen = tag_of_page("green-garden") if shown == "now" else shown
    assert editor[0].get(f"{LIVE}?v={seen}").status_code in (200, 204)
    statement, status = GONE[how]
    change(statement(editor[1]))
    answer = editor[0].get(f"{LIVE}?v={seen}")
    assert answer.status_code == status and "Overall progress" not in answer.text


def test_another_role_sees_its_own_picture_at_once(editor):
    assert "form-" in editor[0].get(f"{LIVE}?v=old").text
    change(update(Membership).where(Membership.user_id == editor[1]).values(role="viewer"))
    assert "form-" not in editor[0].get(f"{LIVE}?v=old").text


def test_the_same_question_by_another_name_or_without_the_cookie_is_refused(editor):
    app, ask = editor[0].application, f"{LIVE}?v=old"
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = f"{name}={editor[0].get_cookie(name).value}"
    visitor = app.test_client(use_cookies=False)
    assert visitor.get(ask, headers={"Host": "localhost", "Cookie": cookie}).status_code == 200
    assert visitor.get(ask, headers={"Host": "evil.example", "Cookie": cookie}).status_code == 400
    assert visitor.get(ask).status_code == 303


def test_a_question_for_another_site_is_another_question(editor):
    change(insert(Site).values(name="Red", slug="red"))
    assert editor[0].get("/sites/red/automation/live?v=old").status_code == 404


def test_a_session_in_use_is_noted_as_before(editor, long_way):
    ago = clock.now() - timedelta(hours=1)
    change(update(LoginSession).where(LoginSession.user_id == editor[1]).values(seen_at=ago))
    editor[0].get(f"{LIVE}?v=old").close()
    with read_transaction() as tx:
        rows = tx.execute(
            LoginSession.__table__.select().where(LoginSession.user_id == editor[1])
        ).all()
    assert len(long_way) == 1 and rows[0].seen_at > ago


def test_where_the_look_fails_the_gate_decides(editor, long_way, monkeypatch, app):
    editor[0].get(f"{LIVE}?v=old")
    monkeypatch.setattr(
        app.extensions["igny8.polls"]._looks, "_text", "SELECT nonsense FROM nowhere"
    )
    assert editor[0].get(f"{LIVE}?v=old").status_code == 200 and len(long_way) == 1


def test_a_question_is_not_remembered_for_ever(editor, long_way, monkeypatch):
    later = clock.monotonic() + poll_cache.REMEMBERED_FOR_S + 1
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    editor[0].get(f"{LIVE}?v=old")
    assert len(long_way) == 1
