"""What is published is checked every night, taken away when asked, and scheduled ahead of time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from igny8 import clock
from igny8.engine.publications import actions, worker
from igny8.engine.publications.calendar import schedule_next
from igny8.engine.publications.check_times import next_check
from igny8.engine.publications.nightly_check import check_next, request_check
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublicationEvent, PublishingTarget
from tests.factories import change_settings
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site
from tests.web.conftest import fill

NIGHT_S = 24 * 3600


@pytest.fixture
def wordpress():
    site = Site()
    with serving(site) as site.url:
        yield site


@pytest.fixture
def article(app, site) -> int:
    """Return the id of an approved article."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        return tx.execute(select(Content.id).order_by(Content.id)).scalars().first()


@pytest.fixture
def blog(site, wordpress):
    """Return the row of a WordPress target."""
    values = {"name": "Blog", "url": wordpress.url, "username": USER, "options": {}}
    return _add(site, "wordpress", PASSWORD.replace(" ", ""), **values)


@pytest.fixture
def folder(site):
    """Return the row of a target that writes files."""
    return _add(site, "folder", None, name="Files", options={"format": "plain"})


def _add(site, kind, secret, **values):
    with write_transaction() as tx:
        target_id = PublishingTarget.create(tx, site.id, kind, secret, **values)
        return PublishingTarget.find(tx, site.id, target_id)


def publish(site, article, target, **more):
    with write_transaction() as tx:
        Publication.request(tx, site.id, article, target.id, "anna", **more)
    worker.publish_next()
    return stored(article, target)


def stored(article, target):
    with read_transaction() as tx:
        return Publication.find(tx, article, target.id)


def act(call, *arguments) -> bool:
    with write_transaction() as tx:
        return call(tx, *arguments)


def test_each_publication_is_checked_once_a_night(site, article, blog, wordpress, hours_later):
    assert publish(site, article, blog).state == "published"
    assert not check_next()
    hours_later(NIGHT_S)
    asked = len(wordpress.asked)
    assert check_next() and not check_next()
    assert wordpress.asked[asked:] == ["GET /wp/v2/posts/10"]
    assert stored(article, blog).checked_at > clock.now() - timedelta(minutes=1)


def test_nightly_check_uses_the_time_zone_of_the_site(site):
    change_settings(site.id, time_zone="Asia/Tokyo")
    with read_transaction() as tx:
        at = next_check(tx, site.id, datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert at == datetime(2026, 12, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        ({"status": "trash"}, "missing", "in the bin"),
        ({"status": "draft"}, "missing", "unpublished it"),
        ({"content": "<p>By hand</p>"}, "outdated", "by a person"),
    ],
)
def test_changes_of_a_person_at_the_site_are_found(
    site, article, blog, wordpress, change, state, words
):
    publish(site, article, blog)
    wordpress.posts[10] |= change
    assert act(request_check, site.id, article, blog.id) and check_next()
    row = stored(article, blog)
    assert (row.state, words in row.reason) == (state, True)
    assert row.changed_there == (state == "outdated")


def test_deleted_or_changed_files_are_found(app, site, article, folder):
    publish(site, article, folder)
    root = app.config["SETTINGS"].published / str(folder.id)
    next(root.rglob("*.webp")).unlink()
    act(request_check, site.id, article, folder.id)
    check_next()
    assert stored(article, folder).state == "outdated"
    publish(site, article, folder, overwrite=True)
    (root / "t1.md").unlink()
    act(request_check, site.id, article, folder.id)
    check_next()
    assert stored(article, folder).state == "missing"


def test_failed_check_changes_nothing_and_is_postponed(site, article, blog, wordpress):
    publish(site, article, blog)
    wordpress.fail("GET /wp/v2/posts/10", "cut")
    act(request_check, site.id, article, blog.id)
    assert check_next() and not check_next()
    assert stored(article, blog).state == "published"
    with read_transaction() as tx:
        lines = tx.execute(select(PublicationEvent.text)).scalars().all()
    assert any("not checked" in line for line in lines)


def test_rejected_article_is_still_checked_and_removed(site, article, blog, wordpress):
    publish(site, article, blog)
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="rejected"))
    act(request_check, site.id, article, blog.id)
    check_next()
    assert act(actions.unpublish, site.id, article, blog, "anna")
    worker.publish_next()
    row = stored(article, blog)
    assert (row.state, row.remote_id, wordpress.posts[10]["status"]) == ("removed", None, "trash")


@pytest.mark.parametrize("fault", ["500 after", "cut after", "cut"])
def test_removal_with_a_lost_answer_is_made_once(
    site, article, blog, wordpress, hours_later, fault
):
    publish(site, article, blog)
    wordpress.fail("DELETE", fault)
    act(actions.unpublish, site.id, article, blog, "anna")
    for _ in range(3):
        worker.publish_next()
        hours_later(130)
    assert (stored(article, blog).state, wordpress.posts[10]["status"]) == ("removed", "trash")


def test_post_changed_by_a_person_is_not_removed(site, article, blog, wordpress):
    publish(site, article, blog)
    wordpress.posts[10]["content"] += "<p>By hand</p>"
    act(actions.unpublish, site.id, article, blog, "anna")
    worker.publish_next()
    row = stored(article, blog)
    assert (row.state, wordpress.posts[10]["status"]) == ("outdated", "publish")


def test_removed_files_can_be_published_again(app, site, article, folder):
    publish(site, article, folder)
    root = app.config["SETTINGS"].published / str(folder.id)
    (root / "mine.md").write_text("mine")
    act(actions.unpublish, site.id, article, folder, "anna")
    worker.publish_next()
    left = [path.name for path in root.rglob("*") if path.is_file()]
    assert (stored(article, folder).state, left) == ("removed", ["mine.md"])
    assert publish(site, article, folder).state == "published"


def test_wordpress_receives_a_scheduled_post_with_its_date(
    site, article, blog, wordpress, hours_later
):
    at = clock.now() + timedelta(hours=5)
    wordpress.now = clock.now()
    assert act(actions.schedule, site.id, article, blog, "anna", at)
    worker.publish_next()
    row, post = stored(article, blog), wordpress.posts[10]
    assert (row.state, post["status"], post["date_gmt"]) == (
        "scheduled",
        "future",
        at.isoformat()[:19],
    )
    assert row.publish_at == at and not worker.publish_next()
    hours_later(5 * 3600 + 1)
    wordpress.later(5 * 3600 + 1)
    post["status"] = "publish"
    worker.publish_next()
    row = stored(article, blog)
    assert (row.state, row.published_at, post["status"]) == ("published", at, "publish")
    assert len(wordpress.posts) == 1


def test_moved_date_is_changed_at_the_site_too(site, article, blog, wordpress):
    wordpress.now = clock.now()
    for hours in (5, 9):
        at = clock.now() + timedelta(hours=hours)
        act(actions.schedule, site.id, article, blog, "anna", at)
        worker.publish_next()
        assert wordpress.posts[10]["date_gmt"] == at.isoformat()[:19]


def test_folder_receives_a_scheduled_article_at_its_time(app, site, article, folder, hours_later):
    at = clock.now() + timedelta(hours=5)
    act(actions.schedule, site.id, article, folder, "anna", at)
    assert not worker.publish_next()
    hours_later(5 * 3600 + 1)
    assert worker.publish_next() and stored(article, folder).state == "published"


def test_scheduled_article_without_approval_is_withdrawn(site, article, blog, folder, wordpress):
    at = clock.now() + timedelta(hours=5)
    wordpress.now = clock.now()
    for target in (blog, folder):
        act(actions.schedule, site.id, article, target, "anna", at)
    worker.publish_next()
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="review"))
        actions.withdraw(tx, article, "anna")
    worker.publish_next()
    assert wordpress.posts[10]["status"] == "trash"
    assert [stored(article, t).state for t in (blog, folder)] == ["removed", "failed"]


def test_approval_publishes_at_targets_set_to_do_so(site, article, blog, folder):
    with write_transaction() as tx:
        tx.execute(
            update(PublishingTarget)
            .where(PublishingTarget.id == folder.id)
            .values(on_approval="publish", hold_hours=3)
        )
        actions.follow_approval(tx, site.id, article, schedule_next)
        actions.follow_approval(tx, site.id, article, schedule_next)
    row = stored(article, folder)
    assert row.state == "scheduled" and stored(article, blog) is None
    assert timedelta(hours=2) < row.publish_at - clock.now() < timedelta(hours=3)
