"""A text that a person changed on the site is kept, taken in or replaced, by one decision."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from igny8.engine.publications import drift, worker
from igny8.engine.publications.nightly_check import check_next, request_check
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, ContentVersion, Publication, PublicationEvent, PublishingTarget
from igny8.models.content_hash import content_hash
from igny8.models.content_version import MAX_CHARS
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site
from tests.web.conftest import fill

NUMBERS = {"words": 3, "headings": [], "checks": []}
BY_HAND = "<!-- wp:paragraph -->\n<p>By <b>hand</b><script>x()</script></p>\n<!-- /wp:paragraph -->"


@pytest.fixture
def wordpress():
    site = Site()
    with serving(site) as site.url:
        yield site


class Case:
    """An article that was published to a WordPress site."""

    def __init__(self, site_id: int, article: int, target: int) -> None:
        self.site_id, self.article, self.target = site_id, article, target

    def publish(self, **more):
        with write_transaction() as tx:
            Publication.request(tx, self.site_id, self.article, self.target, "anna", **more)
        return self.work()

    def work(self):
        worker.publish_next()
        return self.row()

    def check(self):
        with write_transaction() as tx:
            assert request_check(tx, self.site_id, self.article, self.target)
        check_next()
        return self.row()

    def row(self):
        with read_transaction() as tx:
            return Publication.find(tx, self.article, self.target)

    def content(self):
        with read_transaction() as tx:
            return tx.execute(select(Content).where(Content.id == self.article)).one()

    def decide(self, verb, row, seen=None):
        seen = row.theirs["fingerprint"] if seen is None else seen
        with write_transaction() as tx:
            if verb == drift.TAKE:
                edited_at = tx.execute(
                    select(Content.edited_at).where(Content.id == self.article)
                ).scalar()
                return drift.take_in(tx, row, seen, "bea", "Blog", edited_at, NUMBERS)
            return (drift.keep if verb == drift.KEEP else drift.send)(tx, row, seen, "bea")


@pytest.fixture
def case(app, site, wordpress):
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        article = tx.execute(select(Content.id).order_by(Content.id)).scalars().first()
        values = {"name": "Blog", "url": wordpress.url, "username": USER, "options": {}}
        secret = PASSWORD.replace(" ", "")
        target = PublishingTarget.create(tx, site.id, "wordpress", secret, **values)
    made = Case(site.id, article, target)
    assert made.publish().state == "published"
    return made


@pytest.fixture
def changed(case, wordpress):
    """Return the publication after a person changed the post and a check found it."""
    wordpress.posts[10]["content"] += BY_HAND
    wordpress.posts[10]["title"] = "Theirs &amp; ours"
    return case.check()


def test_check_stores_the_text_of_the_site_without_script_blocks_and_images(changed):
    assert (changed.state, changed.changed_there) == ("outdated", True)
    theirs = changed.theirs
    assert theirs["title"] == "Theirs & ours" and theirs["excerpt"] == "Soon."
    assert theirs["html"].endswith("<p>By <b>hand</b></p>")
    assert "wp:" not in theirs["html"] and "<img" not in theirs["html"]


def test_update_stores_the_changed_text_that_it_finds(case, wordpress):
    wordpress.posts[10]["content"] += BY_HAND
    row = case.publish()
    assert row.changed_there and "By <b>hand</b>" in row.theirs["html"]


def test_kept_text_is_the_published_one_and_no_later_update_replaces_it(case, changed, wordpress):
    posted = dict(wordpress.posts[10])
    assert case.decide(drift.KEEP, changed)
    row = case.row()
    assert (row.state, row.changed_there, row.reason) == (
        "published",
        False,
        "The text on the site was kept.",
    )
    assert case.check().state == "published"
    assert case.content().title != "Theirs & ours"
    again = case.publish()
    assert (again.state, again.changed_there) == ("outdated", True)
    assert "was kept" in again.reason and wordpress.posts[10] == posted
    assert case.decide(drift.SEND, again) and case.work().state == "published"
    assert "By <b>hand" not in wordpress.posts[10]["content"] and case.row().theirs is None
    assert case.publish().state == "published"


def test_taken_in_text_is_a_version_by_a_person_on_the_site(case, changed):
    before = case.content()
    assert case.decide(drift.TAKE, changed)
    now = case.content()
    assert (now.title, now.status, now.version) == ("Theirs & ours", "approved", before.version + 1)
    assert (now.edited_by, now.version_kind) == ("a person on Blog", "person")
    assert (now.decided_by, now.words) == ("bea", 3)
    with read_transaction() as tx:
        kept = ContentVersion.find(tx, case.article, before.version)
        version = content_hash(tx, case.article)
    assert (kept.title, kept.html) == (before.title, before.html)
    row = case.row()
    assert (row.state, row.version, row.theirs) == ("published", version, None)
    assert case.check().state == "published"
    assert case.publish().state == "published"


def test_other_target_becomes_outdated_when_a_text_is_taken_in(case, changed):
    with write_transaction() as tx:
        hand = PublishingTarget.by_hand(tx, case.site_id)
        Publication.mark_published(
            tx, case.site_id, case.article, hand, "anna", "https://a.example"
        )
    case.decide(drift.TAKE, changed)
    with read_transaction() as tx:
        assert Publication.find(tx, case.article, hand).state == "outdated"


def test_article_in_review_stays_in_review_when_it_takes_a_text_in(case, changed):
    with write_transaction() as tx:
        assert Content.reopen(tx, case.site_id, case.article)
    assert case.decide(drift.TAKE, changed)
    assert (case.content().status, case.content().title) == ("review", "Theirs & ours")


def test_rejected_article_is_neither_replaced_nor_sent(case, changed):
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="rejected"))
    assert not case.decide(drift.TAKE, changed)
    with pytest.raises(ActionRefused):
        case.decide(drift.SEND, changed)
    assert case.row().state == "outdated" and case.row().theirs == changed.theirs


def test_our_text_replaces_theirs_when_it_is_sent(case, changed, wordpress):
    assert case.decide(drift.SEND, changed)
    row = case.work()
    assert (row.state, row.theirs, row.changed_there) == ("published", None, False)
    assert "hand" not in wordpress.posts[10]["content"] and len(wordpress.posts) == 1


def test_text_changed_again_after_it_was_seen_is_not_overwritten(case, changed, wordpress):
    wordpress.posts[10]["content"] += "<p>And again.</p>"
    assert case.decide(drift.SEND, changed)
    row = case.work()
    assert row.changed_there and "And again." in row.theirs["html"]
    assert "And again." in wordpress.posts[10]["content"]


def test_kept_text_that_was_changed_again_is_found_again(case, changed, wordpress):
    case.decide(drift.KEEP, changed)
    wordpress.posts[10]["content"] += "<p>And again.</p>"
    row = case.check()
    assert row.changed_there and "And again." in row.theirs["html"]
    assert not drift.is_kept(row)


@pytest.mark.parametrize("verb", drift.VERBS)
def test_decision_is_made_once_and_only_about_what_was_seen(case, changed, verb):
    assert not case.decide(verb, changed, seen="0" * 64)
    assert case.decide(verb, changed)
    state, version = case.row().state, case.content().version
    assert [case.decide(other, changed) for other in drift.VERBS] == [False] * 3
    assert (case.row().state, case.content().version) == (state, version)
    with read_transaction() as tx:
        query = select(PublicationEvent).where(PublicationEvent.who == "bea")
        assert len(tx.execute(query).all()) == 1


def test_send_whose_answer_is_lost_still_ends_with_one_post(case, changed, wordpress, hours_later):
    wordpress.fail("POST /wp/v2/posts/10", "cut after")
    case.decide(drift.SEND, changed)
    for _ in range(4):
        case.work()
        hours_later(130)
        wordpress.later(130)
    assert case.row().state == "published" and len(wordpress.posts) == 1


def test_links_of_the_site_become_links_between_articles():
    urls = {"t2": "https://a.example/t2/"}
    html = '<p><a href="https://a.example/t2">two</a> <a href="https://b.example/">b</a></p>'
    told = drift.stored_text(urls, "f", "", "T", "", html)
    assert 'href="/t2"' in told["html"] and "https://b.example/" in told["html"]


@pytest.mark.parametrize("name", ["title", "excerpt", "html"])
def test_text_with_a_part_that_is_too_long_is_not_stored(name):
    texts = {"title": "T", "excerpt": "E", "html": "H"}
    longest = texts | {name: "x" * MAX_CHARS[name]}
    assert drift.stored_text({}, "f", "", **longest)[name] == longest[name]
    assert drift.stored_text({}, "f", "", **longest | {name: longest[name] + "x"}) is None
