"""The outside checker of publications finds each deliberate bug, and none in what is right."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from igny8.engine.publications import worker
from igny8.extensions import write_transaction
from igny8.models import Content, Publication, PublishingTarget
from tests.chaos import publication_mutants as mutants
from tests.chaos.publication_checker import check
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site
from tests.web.conftest import fill

SECRET = PASSWORD.replace(" ", "")


@pytest.fixture
def wordpress():
    site = Site()
    with serving(site) as site.url:
        yield site


@pytest.fixture
def queued(app, site, wordpress):
    """Queue four approved articles for a WordPress site."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        values = {"name": "Blog", "url": wordpress.url, "username": USER, "options": {}}
        target = PublishingTarget.create(tx, site.id, "wordpress", SECRET, **values)
        for content_id in tx.execute(select(Content.id)).scalars().all():
            Publication.request(tx, site.id, content_id, target, "anna")


@pytest.fixture
def broken(queued, wordpress, file, hours_later):
    """Return a function that publishes all, and then what the checker finds."""

    def find() -> list[str]:
        for round_number in range(6):
            while worker.publish_next():
                pass
            hours_later(130)
            wordpress.later(130 if round_number > 1 else 0, is_waiting=round_number < 2)
        return check(file, wordpress, SECRET)

    return find


def test_unchanged_publishing_has_no_violation_under_faults(broken, wordpress):
    wordpress.fail("POST /wp/v2/posts", "late", "cut after")
    wordpress.fail("POST /wp/v2/media", "500 after", "late")
    assert broken() == [] and len(wordpress.posts) == 4


def test_mutant_without_a_marker_is_found(broken, wordpress, monkeypatch):
    mutants.no_marker(monkeypatch.setattr)
    wordpress.fail("POST /wp/v2/posts", "cut after")
    assert any("once:" in line for line in broken())


def test_mutant_without_a_look_up_is_found(broken, wordpress, monkeypatch):
    mutants.no_look_up(monkeypatch.setattr)
    wordpress.fail("POST /wp/v2/posts", "cut after")
    assert any("once:" in line for line in broken())


def test_mutant_without_a_look_up_of_media_is_found(broken, wordpress, monkeypatch):
    mutants.no_look_up_of_media(monkeypatch.setattr)
    wordpress.fail("POST /wp/v2/media", "500 after")
    assert any("files" in line for line in broken())


def test_mutant_that_stores_no_intent_is_found(broken, wordpress, monkeypatch):
    mutants.create_before_intent(monkeypatch.setattr)
    wordpress.fail("POST /wp/v2/posts", "late")
    assert any("once:" in line for line in broken())


def test_mutant_that_sends_unapproved_articles_is_found(broken, monkeypatch):
    mutants.approve_unchecked(monkeypatch.setattr)
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.slug == "t2").values(status="rejected"))
    assert any("approval:" in line for line in broken())


def test_wrong_state_and_secret_in_the_log_are_found(broken, file, wordpress):
    broken()
    with write_transaction() as tx:
        tx.exec_driver_sql("UPDATE publication SET state = 'failed' WHERE id = 1")
        tx.exec_driver_sql(f"UPDATE publication_event SET text = '{SECRET}' WHERE id = 1")
    found = " ".join(check(file, wordpress, SECRET))
    assert "log: the state is not" in found and "secret:" in found


def test_every_mutant_has_a_test():
    text = Path(__file__).read_text()
    assert [name for name in mutants.MUTANTS if f"mutants.{name}" not in text] == []
