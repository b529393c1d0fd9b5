"""The API of what a site holds, and which tokens may decide."""

import itertools

import pytest

from igny8.extensions import write_transaction
from igny8.models import ApiToken, Content
from tests.factories import make_user

NUMBERS = itertools.count(1)
HOME = "/api/v1"
SITE = {"site_id": "green-garden"}


@pytest.fixture
def program(stranger, garden):
    """Return a function that sends a request with a new token; it returns status and JSON."""

    def ask(method, path, scope="all", may_decide=False, role="administrator", **sent):
        user_id = make_user(f"program {next(NUMBERS)}", green_garden=role)
        with write_transaction() as tx:
            token = ApiToken.create(tx, user_id, "program", scope, may_decide=may_decide)
        where = {"query_string": SITE | sent} if method == "GET" else {"json": SITE | sent}
        headers = {"Authorization": f"Bearer {token}"}
        answer = stranger.open(f"{HOME}{path}", method=method, headers=headers, **where)
        return answer.status_code, answer.get_json()

    return ask


@pytest.mark.parametrize("name", ["keywords", "clusters", "ideas", "articles"])
def test_lists_give_rows_newest_first_and_continue_below_an_id(program, name):
    status, body = program("GET", f"/{name}/", scope="read", limit="2")
    ids = [row["id"] for row in body[name]]
    assert (status, ids) == (200, sorted(ids, reverse=True))
    assert len(ids) == 2
    _, rest = program("GET", f"/{name}/", scope="read", before=str(ids[-1]))
    assert all(row["id"] < ids[-1] for row in rest[name])


def test_import_of_keywords_waits_for_a_worker(program):
    status, body = program("POST", "/keywords/import/", scope="run", text="garden shed\npond pump")
    assert (status, body["import_id"] > 0) == (202, True)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/ideas/1/approve/", {}),
        ("/articles/1/approve/", {}),
        ("/publishing/publish/", {"target_id": "1"}),
    ],
)
def test_token_without_permission_to_decide_is_refused(program, path, sent):
    status, body = program("POST", path, **sent)
    assert status == 403
    assert "may not approve" in body["detail"]


@pytest.mark.parametrize(
    ("role", "expected"), [("reviewer", 200), ("editor", 403), ("viewer", 403)]
)
def test_allowed_token_decides_with_the_rights_of_its_person(program, role, expected):
    with write_transaction() as tx:
        values = {"status": "review", "handed_over": True}
        tx.execute(Content.__table__.update().where(Content.id == 1).values(values))
    path = "/articles/1/approve/"
    status, body = program("POST", path, may_decide=True, role=role)
    assert status == expected
    assert expected != 200 or body["changed"]
