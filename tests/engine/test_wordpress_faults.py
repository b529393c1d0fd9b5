"""Each fault of a WordPress site is named by its sentence while it lasts, and leaves one post.

Its clock may be wrong: a lost request is waited for by its pace, or by our own clock.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from igny8.engine.publications import worker
from igny8.extensions import read_transaction
from igny8.models import PublicationEvent
from tests.engine.test_wordpress_publications import articles, publish, stored, target, wordpress

__all__ = ["articles", "publish", "target", "wordpress"]  # fixtures
POST, MEDIA, FIELDS = "POST /wp/v2/posts", "POST /wp/v2/media", "POST /wp/v2/posts/10"
SENTENCES = {
    "login": "The site answered with a page instead of data: Log In - My Site. A sign-in page",
    "empty after": "The site answered with a page instead of data: an empty answer.",
    "500 after": "The site answered 500: Critical error.",
    "cut after": "broke off",
    "cut": "broke off",
    "429": "The site asked to wait (429).",
    "waf": "A firewall or security plugin refused the request (403: Attention Required! | Firewall)",
}


@pytest.mark.parametrize("where", [POST, MEDIA, FIELDS])
@pytest.mark.parametrize("fault", SENTENCES)
def test_fault_is_named_and_leaves_one_post(publish, wordpress, fault, where):
    wordpress.fail(where, fault)
    row = publish(1)
    assert row.state in ("queued", "unknown") and SENTENCES[fault] in row.reason, row.reason
    row = publish()
    assert row.state == "published" and (len(wordpress.posts), len(wordpress.media)) == (1, 2)
    with read_transaction() as tx:
        told = tx.execute(select(PublicationEvent.text)).scalars().all()
    assert any(SENTENCES[fault] in text for text in told)


@pytest.mark.parametrize("hours", [-24 * 365, -1, 1, 24 * 365])
def test_site_with_a_wrong_clock_gets_one_post(publish, wordpress, hours_later, hours):
    wordpress.now += timedelta(hours=hours)
    wordpress.fail(POST, "late")
    row = publish(0)
    worker.publish_next()
    wordpress.later(30, is_waiting=True)
    hours_later(100)
    worker.publish_next()
    assert wordpress.asked.count(POST) == 1
    wordpress.later(20)
    hours_later(100)
    worker.publish_next()
    assert wordpress.asked.count(POST) == 1 and len(wordpress.posts) == 1
    assert stored(row.content_id, row.target_id).state == "published"


@pytest.mark.parametrize("moves_s", [0, -86400])
def test_site_with_a_stopped_or_reset_clock_is_checked_again(
    publish, wordpress, hours_later, moves_s
):
    wordpress.fail(POST, "cut")
    row = publish(0)
    worker.publish_next()
    wordpress.now += timedelta(seconds=moves_s)
    for _ in range(10):
        hours_later(200)
        worker.publish_next()
    assert stored(row.content_id, row.target_id).state == "published"
    assert wordpress.asked.count(POST) == 2 and len(wordpress.posts) == 1


def test_site_without_a_clock_uses_the_local_clock(publish, wordpress, hours_later):
    wordpress.has_clock = False
    wordpress.fail(POST, "late")
    row = publish(0)
    worker.publish_next()
    hours_later(30)
    worker.publish_next()
    assert wordpress.asked.count(POST) == 1
    wordpress.later(0)
    hours_later(100)
    worker.publish_next()
    assert stored(row.content_id, row.target_id).state == "published"
    assert wordpress.asked.count(POST) == 1 and len(wordpress.posts) == 1
