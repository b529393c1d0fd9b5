"""Every verb of the API, tried by everybody: roles, tokens of each scope, a client, strangers, nobody."""

from datetime import timedelta

import pytest

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.models import ApiToken, ClientLink
from igny8.models.api_token import SCOPES
from igny8.models.membership import REVIEW, SEE, WORK
from igny8.web.auth.endpoint_permissions import PERMISSIONS
from tests.security.addresses import knocks

DECIDE = "decide"  # needs, of a token, that a person allowed it to decide
VERBS: dict[str, tuple[str, ...]] = {
    "GET api.explain_cluster": (SEE,),
    "GET api.estimate": (SEE,),
    "GET api.history": (SEE,),
    "GET api.list_articles": (SEE,),
    "GET api.list_cluster_changes": (SEE,),
    "GET api.list_clusters": (SEE,),
    "GET api.list_ideas": (SEE,),
    "GET api.list_keywords": (SEE,),
    "GET api.logs": (SEE,),
    "GET api.pipeline_overview": (SEE,),
    "GET api.publications_list": (SEE,),
    "GET api.publishing_targets": (SEE,),
    "GET api.run_progress": (SEE,),
    "GET api.show_article": (SEE,),
    "GET api.show_cluster": (SEE,),
    "GET api.show_idea": (SEE,),
    "GET api.show_schedule": (SEE,),
    "POST api.edit_idea": (WORK,),
    "POST api.import_keywords": (WORK,),
    "POST api.lock_cluster": (WORK,),
    "POST api.merge_cluster": (WORK,),
    "POST api.move_keywords": (WORK,),
    "POST api.rename_cluster": (WORK,),
    "POST api.retry_failed": (WORK,),
    "POST api.run_action": (WORK,),
    "POST api.run_now": (WORK,),
    "POST api.split_cluster": (WORK,),
    "POST api.undo_cluster_change": (WORK,),
    "POST api.decide_idea": (WORK, DECIDE),
    "POST api.decide_article": (REVIEW, DECIDE),
    "POST api.publish": (REVIEW, DECIDE),
    "GET api.changed_texts": (SEE,),
    "POST api.decide_changed_text": (REVIEW, DECIDE),
    "POST api.schedule": (REVIEW, DECIDE),
    "POST api.unpublish": (REVIEW, DECIDE),
}
PUBLIC = {"GET api.openapi", "GET api.sites", "GET api.token"}  # about no site
PEOPLE = {
    "administrator": {SEE, WORK, REVIEW, DECIDE},
    "editor": {SEE, WORK, DECIDE},
    "reviewer": {SEE, REVIEW, DECIDE},
    "viewer": {SEE, DECIDE},
    "token read": {SEE},
    "token run": {SEE, WORK},
    "token all": {SEE, WORK, REVIEW},
    "token all, may decide": {SEE, WORK, REVIEW, DECIDE},
}
OUTSIDERS = {"stranger": {404}, "client": {401, 429}, "nobody": {401}}  # 429: many wrong tokens


@pytest.fixture
def send(app, cast):
    """Return a function that sends a request as somebody of the cast and returns the status."""
    headers = {}
    with write_transaction() as tx:
        for name in PEOPLE:
            if name.startswith("token "):
                scope, _, decides = name.removeprefix("token ").partition(", ")
                user = cast.ids["administrator"]
                headers[name] = ApiToken.create(tx, user, name, scope, may_decide=bool(decides))
        headers["client"] = ClientLink.create(
            tx, 1, "Ada", "owner", clock.now() + timedelta(days=7)
        )

    def sent(who: str, method: str, path: str) -> int:
        client = cast.enter(who if who in cast.ids else None)
        bearer = {"Authorization": f"Bearer {headers[who]}"} if who in headers else {}
        answer = client.open(f"{path}?site_id=green-garden", method=method, headers=bearer)
        return answer.status_code

    return sent


def paths(app) -> dict[str, str]:
    """Return {"METHOD endpoint": path} of the API."""
    return {
        f"{method} {endpoint}": path
        for method in ("GET", "POST")
        for endpoint, path in knocks(app, method)
        if endpoint.startswith("api.")
    }


def test_every_api_action_is_in_the_table(app):
    assert set(paths(app)) == set(VERBS) | PUBLIC


def test_every_scope_has_an_action():
    for scope, rights in SCOPES.items():
        less = [other for other in SCOPES.values() if other < rights]
        own = rights - set().union(*less)
        assert any(set(needs) & own for needs in VERBS.values()), scope


@pytest.mark.parametrize("who", PEOPLE)
def test_api_allows_exactly_what_the_table_says(app, send, who):
    found = paths(app)
    refused = {verb for verb in VERBS if send(who, verb.split()[0], found[verb]) in (401, 403)}
    assert refused == {verb for verb, needs in VERBS.items() if not PEOPLE[who] >= set(needs)}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_api_gives_outsiders_nothing(app, send, who):
    found = paths(app)
    statuses = {verb: send(who, verb.split()[0], found[verb]) for verb in VERBS}
    assert set(statuses.values()) == OUTSIDERS[who], statuses


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer"])
def test_pages_refuse_every_action_without_a_right(app, cast, role):
    client, tried = cast.enter(role), []
    for endpoint, path in knocks(app, "POST"):
        if "/sites/green-garden" in path and PERMISSIONS[endpoint].right not in PEOPLE[role]:
            tried.append(path)
            assert client.post(path).status_code == 403, path
    assert len(tried) > 40
