"""The JSON API: the snapshot, the lists, the verbs, and what it refuses."""

import json
import re

import pytest

from igny8 import progress
from igny8.models import Site
from tests.web.conftest import RUN_ID

API = "/api/v1/automation"


@pytest.mark.parametrize("name", ["run_progress", "pipeline_overview", "estimate", "history"])
@pytest.mark.parametrize("reference", ["1", "green-garden"])
def test_site_is_addressed_by_id_or_slug(client, garden, name, reference):
    assert client.get(f"{API}/{name}/?site_id={reference}").status_code == 200


def test_run_progress_is_the_snapshot_of_the_page(app, client, garden):
    snapshot = progress.snapshot(Site.find("green-garden"))
    assert client.get(f"{API}/run_progress/?site_id=1").json == json.loads(json.dumps(snapshot))


def test_run_progress_of_an_unknown_run_is_404(client, garden):
    assert client.get(f"{API}/run_progress/?site_id=1&run_id=nope").status_code == 404


def test_logs_need_a_run_and_page_backwards(client, garden):
    assert client.get(f"{API}/logs/?site_id=1").status_code == 400
    first = client.get(f"{API}/logs/?site_id=1&run_id={RUN_ID}&limit=3").json["logs"]
    second = client.get(
        f"{API}/logs/?site_id=1&run_id={RUN_ID}&limit=3&before={first[-1]['id']}"
    ).json["logs"]
    assert len(first) == len(second) == 3
    assert first[-1]["id"] > second[0]["id"]


@pytest.mark.parametrize("query", ["limit=x", "before=-1", "level=loud"])
def test_wrong_parameter_is_named(client, garden, query):
    answer = client.get(f"{API}/logs/?site_id=1&run_id={RUN_ID}&{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json["detail"]


def test_start_accepts_json_and_forms(client, garden):
    first = client.post(f"{API}/run_now/", json={"site_id": 1})
    second = client.post(f"{API}/run_now/", data={"site_id": "green-garden"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["run_id"] == second.json["run_id"]


def test_start_without_waiting_items_starts_nothing(client, site):
    answer = client.post(f"{API}/run_now/", json={"site_id": site})
    assert (answer.status_code, answer.json["started"], answer.json["status"]) == (
        200,
        False,
        "nothing_to_do",
    )


def test_pause_resume_and_cancel_say_whether_anything_changed(client, garden):
    run_id = client.post(f"{API}/run_now/?site_id=1").json["run_id"]
    answers = [
        client.post(f"{API}/{verb}/?site_id=1", json={"run_id": run_id}).json["changed"]
        for verb in ("pause", "pause", "resume", "resume", "cancel")
    ]
    assert answers == [True, False, True, False, True]


def test_refused_action_is_a_409_problem(client, garden):
    answer = client.post(f"{API}/pause/?site_id=1&run_id={RUN_ID}")
    assert answer.status_code == 409
    assert "ended already" in answer.json["detail"]


def test_retry_failed_starts_a_run_of_the_failed_items(client, garden):
    answer = client.post(f"{API}/retry_failed/?site_id=1&run_id={RUN_ID}")
    assert answer.status_code == 200
    assert answer.json["items"] == 7


@pytest.mark.parametrize("kind", ["text/plain", "application/xml"])
def test_only_forms_and_json_are_understood(client, garden, kind):
    assert client.post(f"{API}/run_now/?site_id=1", data="{}", content_type=kind).status_code == 415


@pytest.mark.parametrize("body", ["[1]", "null", "{", "3"])
def test_body_that_is_not_an_object_is_400(client, garden, body):
    assert (
        client.post(f"{API}/run_now/", data=body, content_type="application/json").status_code
        == 400
    )


def test_openapi_lists_every_endpoint(app, client):
    named = set(client.get("/api/v1/openapi.json").json["paths"])
    served = set()
    for rule in app.url_map.iter_rules():
        path = str(rule).replace("<int:row_id>", "{row_id}")
        verbs = re.search(r"<any\((.*)\):verb>", path)
        if path.startswith("/api/v1/") and not path.endswith("openapi.json"):
            served |= (
                {path.replace(verbs[0], verb) for verb in verbs[1].split(", ")} if verbs else {path}
            )
    assert served == named
