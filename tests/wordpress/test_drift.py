"""A post that a person edited in a real WordPress is kept, taken in or replaced."""

import pytest
from sqlalchemy import select

from igny8.engine.publications import drift, worker
from igny8.engine.publications.nightly_check import check_next, request_check
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication
from igny8.web.content.text_diff import changed_lines

EDIT = (
    "$post = get_post({id}); $text = str_replace('</p>', ' By hand.</p>', $post->post_content);"
    "$text .= '<!-- wp:paragraph --><p>One more.</p><!-- /wp:paragraph -->';"
    "return wp_update_post(wp_slash(['ID' => {id}, 'post_content' => $text,"
    " 'post_title' => 'Theirs & ours']));"
)


@pytest.fixture
def changed(site, articles, target, wordpress):
    """Return the publication of an article whose post a person edited, after a check."""
    with write_transaction() as tx:
        Publication.request(tx, site.id, articles[0], target, "anna")
    worker.publish_next()
    row = stored(articles[0], target)
    assert row.state == "published", row.reason
    wordpress.evaluate(EDIT.format(id=row.remote_id))
    return check(row)


def stored(article: int, target: int):
    with read_transaction() as tx:
        return Publication.find(tx, article, target)


def check(row):
    with write_transaction() as tx:
        assert request_check(tx, row.site_id, row.content_id, row.target_id)
    check_next()
    return stored(row.content_id, row.target_id)


def content(article: int):
    with read_transaction() as tx:
        return tx.execute(select(Content).where(Content.id == article)).one()


def post(wordpress, row) -> str:
    return wordpress.evaluate(f"return get_post({row.remote_id})->post_content;")


def test_only_what_the_person_changed_differs(changed, articles):
    assert changed.changed_there and "by a person" in changed.reason
    assert changed.theirs["title"] == "Theirs & ours"
    lines = changed_lines(content(articles[0]).html, changed.theirs["html"])
    added = [text for line in lines for kind, text in line.pieces if kind == "added"]
    removed = [text for line in lines for kind, text in line.pieces if kind == "removed"]
    assert removed == [] and added[-1] == "One more."
    assert {text.strip() for text in added[:-1]} == {"By hand."}


def test_kept_post_is_published_and_unchanged(changed, wordpress):
    before = post(wordpress, changed)
    with write_transaction() as tx:
        assert drift.keep(tx, changed, changed.theirs["fingerprint"], "bea")
    assert check(changed).state == "published" and post(wordpress, changed) == before


def test_taken_in_post_becomes_the_article(changed, wordpress, articles):
    numbers = {"words": 1, "headings": [], "checks": []}
    seen = changed.theirs["fingerprint"]
    with write_transaction() as tx:
        assert drift.take_in(tx, changed, seen, "bea", "Blog", None, numbers)
    assert "By hand." in content(articles[0]).html
    assert check(changed).state == "published"
    with write_transaction() as tx:
        Publication.request(tx, changed.site_id, articles[0], changed.target_id, "anna")
    worker.publish_next()
    assert stored(articles[0], changed.target_id).state == "published"
    assert post(wordpress, changed).count("One more.") == 1


def test_article_that_is_sent_replaces_the_post(changed, wordpress):
    with write_transaction() as tx:
        assert drift.send(tx, changed, changed.theirs["fingerprint"], "bea")
    worker.publish_next()
    row = stored(changed.content_id, changed.target_id)
    assert (row.state, row.remote_id) == ("published", changed.remote_id), row.reason
    assert "hand" not in post(wordpress, row)
