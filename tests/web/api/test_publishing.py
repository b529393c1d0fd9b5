"""Publishing over the JSON API: targets, publications, publish, schedule and take away."""

import pytest
from sqlalchemy import update

from igny8.engine.publications import worker
from igny8.extensions import write_transaction
from igny8.models import Content, PublishingPlan, PublishingTarget
from igny8.publishing.webhook import new_secret

API = "/api/v1/publishing"
SITE = "?site_id=green-garden"


@pytest.fixture
def target(garden) -> int:
    """Return a folder of a site with four approved articles."""
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
        options = {"format": "plain"}
        return PublishingTarget.create(tx, garden, "folder", None, name="Files", options=options)


def states(client, query: str = "") -> list[str]:
    rows = client.get(f"{API}/publications/{SITE}{query}").json["publications"]
    return [row["state"] for row in rows]


def test_api_publishes_and_removes_an_article(client, target):
    assert client.post(f"{API}/publish/{SITE}", json={"content_id": 1}).json == {"queued": 1}
    worker.publish_next()
    [row] = client.get(f"{API}/publications/{SITE}").json["publications"]
    assert (row["state"], row["title"][:12], row["proof"][0]["ok"]) == (
        "published",
        "How to start",
        True,
    )
    sent = {"content_id": 1, "target_id": target}
    assert client.post(f"{API}/unpublish/{SITE}", json=sent).json == {"changed": True}
    worker.publish_next()
    assert states(client) == states(client, "&state=removed&content_id=1") == ["removed"]
    assert client.post(f"{API}/unpublish/{SITE}", json=sent).json == {"changed": False}


def test_all_approved_articles_are_published_or_scheduled(client, garden, target):
    with write_transaction() as tx:
        PublishingPlan.store(tx, garden, days=[0], times=["09:00"], missed="skip")
    one = {"content_id": 1, "publish_at": "2031-01-31T09:00:00+01:00"}
    assert client.post(f"{API}/schedule/{SITE}", json=one).json == {"scheduled": 1}
    [row] = client.get(f"{API}/publications/{SITE}").json["publications"]
    assert row["publish_at"] == "2031-01-31T08:00:00+00:00"
    assert client.post(f"{API}/schedule/{SITE}").json == {"scheduled": 3}
    assert states(client) == ["scheduled"] * 4
    assert len(states(client, "&limit=2&before=4")) == 2


def test_targets_show_abilities_but_no_address_or_secret(client, garden, target):
    secret = new_secret()
    with write_transaction() as tx:
        url = "https://hooks.example/in"
        PublishingTarget.create(tx, garden, "webhook", secret, name="Hook", url=url)
    answer = client.get(f"{API}/targets/{SITE}")
    can = {row["name"]: row["can"] for row in answer.json["targets"]}
    assert can["Files"]["check"] and not can["Hook"]["check"]
    assert secret not in answer.text and "hooks.example" not in answer.text
    refused = client.post(f"{API}/publish/{SITE}", json={"content_id": 1})
    assert refused.status_code == 409 and "Files" in refused.json["detail"]


@pytest.mark.parametrize(
    ("verb", "sent", "status"),
    [
        ("publish", {"content_id": 99}, 404),
        ("publish", {"content_id": 1, "target_id": 99}, 404),
        ("publish", {"content_id": 1, "wanted": "loud"}, 400),
        ("schedule", {"content_id": 1, "publish_at": "2020-01-01"}, 400),
        ("schedule", {"content_id": 1, "publish_at": "soon"}, 400),
        ("schedule", {"publish_at": "2031-01-01"}, 400),
        ("unpublish", {}, 400),
    ],
)
def test_invalid_publishing_requests_are_refused(client, target, verb, sent, status):
    assert client.post(f"{API}/{verb}/{SITE}", json=sent).status_code == status


def test_article_that_is_not_approved_is_refused_by_the_api(client, target):
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="review"))
    for verb in ("publish", "schedule"):
        sent = {"content_id": 1, "publish_at": "2031-01-01"}
        assert client.post(f"{API}/{verb}/{SITE}", json=sent).status_code == 409
