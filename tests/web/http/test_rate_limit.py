"""How often the API may be asked: counted in the process, by who asks, with nothing written to the database."""

import pytest

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.models import ApiToken, rate_limit
from igny8.models.rate_limit import MemoryRateLimit
from igny8.web.http.api_rate_limit import WRONG_TOKENS_PER_MINUTE
from tests.factories import make_user

READ = "/api/v1/sites/"
MOST = 5


@pytest.fixture
def later(monkeypatch):
    """Return a function that lets time pass; else it stands still."""
    gone = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: gone[0])

    def pass_by(seconds: float) -> None:
        gone[0] += seconds

    return pass_by


@pytest.fixture
def few(app, later):
    """Let each ask five times a minute."""
    app.extensions["igny8.api_rate_limiter"] = MemoryRateLimit(MOST)


def token(user_id: int) -> dict:
    """Return what a program sends with a new token of an account."""
    with write_transaction() as tx:
        return {"Authorization": f"Bearer {ApiToken.create(tx, user_id, 'test', 'read')}"}


def test_rate_limit_recovers_gradually(later):
    kept = MemoryRateLimit(6, 60)
    assert [kept.take("a") for _ in range(6)] == [0] * 6 and kept.take("a") == pytest.approx(10)
    assert kept.take("b") == 0
    later(9)
    assert kept.take("a") == pytest.approx(1)
    later(1)
    assert kept.take("a") == 0 and kept.take("a") == pytest.approx(10)
    later(60)
    assert [kept.take("a") for _ in range(6)] == [0] * 6 and kept.take("a") > 0


def test_many_rate_limit_keys_are_not_stored(later, monkeypatch):
    monkeypatch.setattr(rate_limit, "MAX_MEMORY_KEYS", 50)
    kept = MemoryRateLimit(1, 60)
    for number in range(500):
        kept.take(number)
        assert len(kept._next_allowed_at) <= 51


def test_rate_limited_client_gets_retry_after(few, later, stranger):
    one, other = make_user("one", is_admin=True), make_user("other")
    mine, second, theirs = token(one), token(one), token(other)
    assert [stranger.get(READ, headers=mine).status_code for _ in range(MOST)] == [200] * MOST
    answer = stranger.get(READ, headers=mine)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
    assert answer.json["detail"] == "Too many requests. Wait 12 seconds, then try again."
    assert (
        stranger.get(READ, headers=second).status_code
        == stranger.get(READ, headers=theirs).status_code
        == 200
    )
    later(12)
    assert [stranger.get(READ, headers=mine).status_code for _ in range(2)] == [200, 429]


def test_api_rate_limit_does_not_block_pages(few, client, site):
    assert [client.get(READ).status_code for _ in range(MOST + 1)] == [200] * MOST + [429]
    for path in ("automation", "automation/live", "runs"):
        assert [client.get(f"/sites/green-garden/{path}").status_code for _ in range(2 * MOST)] == [
            200
        ] * 2 * MOST


@pytest.mark.parametrize("path", ["/health", "/health/live", "/metrics", "/api/v1/openapi.json"])
def test_health_metrics_and_description_are_not_rate_limited(few, stranger, path):
    assert [stranger.get(path).status_code for _ in range(2 * MOST)] == [200] * 2 * MOST


def test_api_read_writes_nothing(client, stranger, site, statements):
    headers = token(make_user("program", is_admin=True))
    stranger.get(
        READ, headers=headers
    ).close()  # which notes that the token is in use, every five minutes
    with statements() as seen:
        stranger.get(READ, headers=headers).close()
    assert seen and all(statement.lstrip().upper().startswith("SELECT") for statement in seen)


def test_wrong_tokens_are_rate_limited_by_address(app, later, stranger, site, statements):
    wrong, right = {"Authorization": "Bearer x"}, token(make_user("program"))
    with statements() as seen:
        answers = [
            stranger.get(READ, headers=wrong).status_code
            for _ in range(WRONG_TOKENS_PER_MINUTE + 1)
        ]
    assert answers == [401] * WRONG_TOKENS_PER_MINUTE + [429]
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in seen)
    assert stranger.get(READ, headers=wrong).headers["Retry-After"] == "2"
    away = {"environ_base": {"REMOTE_ADDR": "192.168.1.20"}}
    assert stranger.get(READ, headers=wrong, **away).status_code == 401
    assert stranger.get(READ, headers=right).status_code == 200
