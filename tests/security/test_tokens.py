"""Tokens of programs: hashed, with a scope, an end and perhaps one site; and what forms need besides."""

import re
from datetime import timedelta

import pytest

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ApiToken
from tests.factories import make_keywords

API = "/api/v1/automation"


@pytest.fixture
def token(cast):
    """Return a function that makes a token of one of the cast."""

    def made(
        name: str = "administrator", scope: str = "run", ends=None, site: int | None = None
    ) -> dict:
        with write_transaction() as tx:
            return {
                "Authorization": f"Bearer {ApiToken.create(tx, cast.ids[name], 'test', scope, ends, site)}"
            }

    return made


def test_token_scopes_limit_reading_and_acting(cast, token):
    program = cast.enter()
    assert (
        program.get(f"{API}/run_progress/?site_id=1", headers=token(scope="read")).status_code
        == 200
    )
    assert program.post(f"{API}/run_now/?site_id=1", headers=token(scope="read")).status_code == 403
    make_keywords(1, 3)
    assert program.post(f"{API}/run_now/?site_id=1", headers=token(scope="run")).status_code == 201


def test_refusal_names_token_scope_or_user_role(cast, token):
    def told(headers) -> str:
        return cast.enter().post(f"{API}/run_now/?site_id=1", headers=headers).json["detail"]

    assert "its scope is “read”" in told(token("admin", scope="read"))
    assert "requires the role editor" in told(token("viewer", scope="run"))


def test_token_has_no_more_rights_than_its_user(cast, token):
    assert (
        cast.enter().post(f"{API}/run_now/?site_id=1", headers=token("viewer", "all")).status_code
        == 403
    )
    assert (
        cast.enter().get(f"{API}/run_progress/?site_id=2", headers=token("viewer")).status_code
        == 404
    )


def test_token_for_one_site_sees_no_other(cast, token):
    headers = token("admin", site=2)
    assert cast.enter().get(f"{API}/run_progress/?site_id=1", headers=headers).status_code == 404
    assert [
        s["site"]["id"] for s in cast.enter().get("/api/v1/sites/", headers=headers).json["sites"]
    ] == [2]


@pytest.mark.parametrize(
    "header", ["Bearer x", "Bearer ", "Basic eDp5", "Bearer igny8_" + "a" * 43]
)
def test_wrong_token_is_refused_with_a_remedy(cast, header):
    answer = cast.enter().get(f"{API}/run_progress/?site_id=1", headers={"Authorization": header})
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


def test_expired_or_removed_token_is_refused(cast, token):
    ended = token(ends=clock.now() - timedelta(seconds=1))
    assert cast.enter().get(f"{API}/run_progress/?site_id=1", headers=ended).status_code == 401
    removed = token()
    with read_transaction() as tx:
        newest = max(tx.execute(ApiToken.__table__.select()).scalars())
    cast.enter("administrator").post(f"/account/tokens/{newest}/remove")
    assert cast.enter().get(f"{API}/run_progress/?site_id=1", headers=removed).status_code == 401


def test_token_in_the_address_is_ignored(cast, token):
    value = token()["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "api_key"):
        assert cast.enter().get(f"{API}/run_progress/?site_id=1&{name}={value}").status_code == 401


def test_token_gives_no_access_to_pages(cast, token):
    headers = token("admin", "all")
    for path in ("/", "/admin", "/account", "/sites/green-garden/automation"):
        assert cast.enter().get(path, headers=headers).status_code == 303


def test_token_is_stored_hashed_and_shown_once(cast):
    client = cast.enter("viewer")
    text = client.post(
        "/account/tokens", data={"name": "x", "scope": "read", "lasts": "30", "site": ""}
    ).text
    shown = re.search(r"igny8_[\w-]{43}", text).group(0)
    assert shown not in client.get("/account").text
    with read_transaction() as tx:
        assert shown not in str(tx.execute(ApiToken.__table__.select()).all())


def test_token_for_a_foreign_site_is_refused(cast):
    data = {"name": "x", "scope": "read", "lasts": "30", "site": "1"}
    assert cast.enter("stranger").post("/account/tokens", data=data).status_code == 422


def test_token_use_is_recorded_after_the_response(cast, token):
    cast.enter().get(f"{API}/run_progress/?site_id=1", headers=token()).close()
    with read_transaction() as tx:
        assert tx.execute(ApiToken.__table__.select()).one().used_at is not None


def test_form_without_its_own_csrf_token_is_refused(app, cast):
    app.config["WTF_CSRF_ENABLED"] = True
    mine, theirs = cast.enter("editor"), cast.enter("viewer")
    path, data = "/sites/green-garden/keywords/change", {"verb": "enable", "ids": "1"}
    foreign = form_token(theirs)
    assert mine.post(path, data=data).status_code == 400
    assert mine.post(path, data={**data, "csrf_token": foreign}).status_code == 400
    assert mine.post(path, data={**data, "csrf_token": form_token(mine)}).status_code == 303


def test_api_call_from_a_page_needs_its_csrf_token(app, cast):
    app.config["WTF_CSRF_ENABLED"] = True
    client = cast.enter("editor")
    assert client.post(f"{API}/pause/?site_id=1").status_code == 400
    answer = client.post(f"{API}/pause/?site_id=1", headers={"X-CSRFToken": form_token(client)})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_cross_site_request_is_rejected(cast, headers):
    for path in (
        "/sites/green-garden/automation/run",
        f"{API}/run_now/?site_id=1",
        "/login",
        "/logout",
    ):
        assert cast.enter("editor").post(path, headers=headers).status_code == 403


def test_start_and_download_limits_span_processes(cast, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    client = cast.enter("administrator")
    answers = [
        client.get("/sites/green-garden/content/approved-1.zip").status_code for _ in range(32)
    ]
    assert answers[-1] == 429 and answers.count(404) <= 31
    assert client.post(f"{API}/run_now/?site_id=1").status_code in (200, 201)
    starts = [client.post(f"{API}/pause/?site_id=1&run_id=none").status_code for _ in range(121)]
    assert starts[-1] == 429 and set(starts[:100]) == {404}
    assert client.post(f"{API}/run_now/?site_id=1").status_code == 429


def form_token(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text).group(1)
