"""Publications are claimed, sent once, retried and logged; only approved texts are ever sent."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from igny8 import jobs
from igny8.engine import claim_lease
from igny8.engine.claim_lease import LostClaim
from igny8.engine.publications import claims, worker
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublicationEvent, PublishingTarget
from igny8.publishing.webhook import new_secret, sign
from tests.publishing.http_server import Reply, serving
from tests.web.conftest import fill

SECRET = new_secret()


class Receiver:
    """Answers webhooks from a list in turn, the last one for ever; keeps what arrived."""

    def __init__(self):
        self.got, self.replies, self.url = [], [Reply(200, b'{"url": "https://a.example/p"}')], ""

    def __call__(self, request) -> Reply:
        self.got.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def receiver():
    receiver = Receiver()
    with serving(receiver) as receiver.url:
        yield receiver


@pytest.fixture
def articles(app, site) -> list[int]:
    """Return the ids of four approved articles with images."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        return list(tx.execute(select(Content.id).order_by(Content.id)).scalars())


@pytest.fixture
def target(site, receiver) -> int:
    with write_transaction() as tx:
        return PublishingTarget.create(
            tx, site.id, "webhook", SECRET, name="Hook", url=receiver.url + "/in", concurrent=2
        )


def request(site, content_id, target_id, **more) -> bool:
    with write_transaction() as tx:
        return Publication.request(tx, site.id, content_id, target_id, "anna", **more)


def stored(content_id, target_id):
    with read_transaction() as tx:
        return Publication.find(tx, content_id, target_id)


def log_of(publication_id) -> list[str]:
    table = PublicationEvent.__table__
    with read_transaction() as tx:
        rows = tx.execute(
            select(table).where(table.c.publication_id == publication_id).order_by(table.c.id)
        )
        return [f"{r.kind} {r.source}>{r.state} {r.text}".strip() for r in rows]


def set_status(content_id, status) -> None:
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == content_id).values(status=status))


def test_text_is_delivered_signed_and_its_address_is_kept(site, articles, target, receiver):
    request(site, articles[0], target)
    assert worker.publish_next() and not worker.publish_next()
    row, [got] = stored(articles[0], target), receiver.got
    assert (row.state, row.remote_url, row.claim_token) == (
        "published",
        "https://a.example/p",
        None,
    )
    headers = got.headers
    timestamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(SECRET, headers["webhook-id"], timestamp, got.body)
    told = json.loads(got.body)
    assert told["type"] == "article.published" and len(told["data"]["images"]) == 2
    assert told["data"]["slug"] == "t1" and told["data"]["images"][0]["base64"]


def test_each_request_and_change_of_state_is_logged_without_the_secret(
    site, articles, target, receiver
):
    request(site, articles[0], target)
    worker.publish_next()
    lines = log_of(stored(articles[0], target).id)
    assert [line.split()[1] for line in lines if line.startswith("state")] == [
        ">queued",
        "queued>publishing",
        "publishing>published",
    ]
    assert any("POST" in line and ": 200" in line for line in lines)
    assert SECRET not in "".join(lines) and "/in" not in "".join(lines)


def test_worker_process_publishes_beside_the_runs(app, site, articles, target, receiver):
    for content_id in articles:
        request(site, content_id, target)
    jobs.WorkerProcess(app, 1)._publish()
    assert len(receiver.got) == 4 and not claims.has_due()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/p", 7, "https://a.example/" + "x" * 2000])
def test_invalid_address_in_an_answer_is_not_stored(site, articles, target, receiver, url):
    receiver.replies = [Reply(200, json.dumps({"url": url}).encode())]
    request(site, articles[0], target)
    worker.publish_next()
    row = stored(articles[0], target)
    assert (row.state, row.remote_url) == ("published", "")


def test_text_that_is_not_approved_is_refused(site, articles, target):
    set_status(articles[0], "review")
    with pytest.raises(ActionRefused, match="Only approved"):
        request(site, articles[0], target)


@pytest.mark.parametrize("status", ["rejected", "sent_back", "review"])
def test_queued_text_that_lost_its_approval_is_not_sent(site, articles, target, receiver, status):
    request(site, articles[0], target)
    set_status(articles[0], status)
    worker.publish_next()
    row = stored(articles[0], target)
    assert receiver.got == [] and row.state == "failed" and "not approved" in row.reason


def test_text_that_changes_between_claim_and_request_is_not_sent(
    site, articles, target, receiver, monkeypatch
):
    request(site, articles[0], target)
    real = worker.Work.load

    def load(claim, should_stop):
        work = real(claim, should_stop)
        with write_transaction() as tx:
            tx.execute(update(Content).where(Content.id == articles[0]).values(title="Changed"))
        return work

    monkeypatch.setattr(worker.Work, "load", load)
    worker.publish_next()
    assert receiver.got == [] and stored(articles[0], target).state == "failed"


def test_retry_has_the_same_id_and_waits_as_requested(
    site, articles, target, receiver, hours_later
):
    receiver.replies = [
        Reply(429, b"", {"retry-after": "120"}),
        Reply(cut=True),
        Reply(500),
        Reply(204),
    ]
    request(site, articles[0], target)
    assert worker.publish_next() and not worker.publish_next()
    row = stored(articles[0], target)
    assert (row.state, row.attempts) == ("queued", 0)
    hours_later(110)
    assert not worker.publish_next()
    for state in ("unknown", "unknown", "published"):
        hours_later(130)
        assert worker.publish_next()
        assert stored(articles[0], target).state == state
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_target_that_asks_to_wait_receives_nothing_else(site, articles, target, receiver):
    receiver.replies = [Reply(429, b"", {"retry-after": "120"})]
    for content_id in articles:
        request(site, content_id, target)
    assert worker.publish_next() and not worker.publish_next()
    assert len(receiver.got) == 1


def test_five_failed_attempts_end_with_the_cause(site, articles, target, receiver, hours_later):
    receiver.replies = [Reply(503)]
    request(site, articles[0], target)
    for _ in range(worker.MAX_ATTEMPTS):
        assert stored(articles[0], target).state != "failed"
        hours_later(100)
        worker.publish_next()
    row = stored(articles[0], target)
    assert row.state == "failed" and "503" in row.reason


def test_permanent_refusal_fails_at_once(site, articles, target, receiver):
    receiver.replies = [Reply(410)]
    request(site, articles[0], target)
    worker.publish_next()
    row = stored(articles[0], target)
    assert row.state == "failed" and "wants no more messages" in row.reason


def test_target_limits_parallel_publications(site, articles, target):
    for content_id in articles:
        request(site, content_id, target)
    assert claims.claim_next() and claims.claim_next()
    assert claims.claim_next() is None and not claims.has_due()


def test_publication_is_claimed_once(site, articles, target):
    request(site, articles[0], target)
    assert claims.claim_next() is not None and claims.claim_next() is None
    assert not request(site, articles[0], target)


def test_claim_of_a_dead_worker_is_taken_over(site, articles, target, receiver, hours_later):
    request(site, articles[0], target)
    dead = claims.claim_next()
    hours_later(claim_lease.LEASE_S + 1)
    assert worker.publish_next()
    assert stored(articles[0], target).state == "published"
    with pytest.raises(LostClaim), write_transaction() as tx:
        claims.renew(tx, dead)


def test_worker_killed_during_a_request_leaves_the_state_unknown(
    site, articles, target, hours_later
):
    request(site, articles[0], target)
    dead = claims.claim_next()
    worker.Work.load(dead, lambda: False).intend("send")
    hours_later(claim_lease.LEASE_S + 1)
    claims.requeue_stale()
    assert stored(articles[0], target).state == "unknown"


def test_stopping_worker_releases_its_claim_untried(site, articles, target, receiver):
    request(site, articles[0], target)
    worker.publish_next(lambda: True)
    row = stored(articles[0], target)
    assert (row.state, row.attempts, row.claim_token) == ("queued", 0, None)
    assert receiver.got == []


def test_edit_after_publishing_makes_it_outdated(site, articles, target):
    request(site, articles[0], target)
    worker.publish_next()
    with write_transaction() as tx:
        assert Publication.mark_outdated(tx, articles[0], "anna") == 0
        tx.execute(update(Content).where(Content.id == articles[0]).values(html="<p>New</p>"))
        assert Publication.mark_outdated(tx, articles[0], "anna") == 1
    assert stored(articles[0], target).state == "outdated"


def test_text_published_by_hand_is_never_claimed(site, articles):
    with write_transaction() as tx:
        target = PublishingTarget.by_hand(tx, site.id)
        assert PublishingTarget.by_hand(tx, site.id) == target
        url = "https://a.example/x"
        assert Publication.mark_published(tx, site.id, articles[0], target, "anna", url)
    row = stored(articles[0], target)
    assert (row.state, row.remote_url) == ("published", url)
    assert claims.claim_next() is None


def test_links_lead_only_to_articles_published_at_the_target(site, articles, target, receiver):
    html = '<p>See <a href="/t2">one</a> and <a href="/nowhere">other</a>.</p>'
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == articles[0]).values(html=html))
    for content_id in (articles[1], articles[0]):
        request(site, content_id, target)
        worker.publish_next()
    sent = json.loads(receiver.got[1].body)["data"]["html"]
    assert sent == '<p>See <a href="https://a.example/p">one</a> and other.</p>'


def test_changed_address_clears_the_secret(site, target):
    with write_transaction() as tx:
        row = PublishingTarget.find(tx, site.id, target)
        PublishingTarget.change(tx, row, "https://other.example/in", None, name="Hook")
        assert PublishingTarget.find(tx, site.id, target).encrypted_secret is None
