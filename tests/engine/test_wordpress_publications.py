"""WordPress gets each post and image exactly once, whatever answer is lost and whoever dies."""

import os
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from igny8.engine import fault_injection as faults
from igny8.engine.publications import claims, worker
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublicationEvent, PublishingTarget
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site
from tests.web.conftest import fill

OPTIONS = {"format": "blocks", "categories": True, "tags": True}


@pytest.fixture
def wordpress():
    site = Site()
    with serving(site) as site.url:
        yield site


@pytest.fixture
def articles(app, site) -> list[int]:
    """Return the ids of four approved articles with two images each."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        return list(tx.execute(select(Content.id).order_by(Content.id)).scalars())


@pytest.fixture
def target(site, wordpress) -> int:
    with write_transaction() as tx:
        return PublishingTarget.create(
            tx,
            site.id,
            "wordpress",
            PASSWORD.replace(" ", ""),
            name="Blog",
            url=wordpress.url,
            username=USER,
            options=OPTIONS,
        )


@pytest.fixture
def publish(site, articles, target, wordpress, hours_later):
    """Return a function that publishes the first article until nothing moves; gives its row."""

    def go(rounds: int = 12, content_id: int = articles[0], **more):
        with write_transaction() as tx:
            Publication.request(tx, site.id, content_id, target, "anna", **more)
        for _ in range(rounds):
            while worker.publish_next():
                pass
            hours_later(130)
            wordpress.later(130)
        return stored(content_id, target)

    return go


def stored(content_id, target_id):
    with read_transaction() as tx:
        return Publication.find(tx, content_id, target_id)


def change(content_id, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == content_id).values(**values))


def test_post_has_all_fields_and_is_read_back(publish, wordpress):
    row = publish(1)
    [post], media = wordpress.posts.values(), list(wordpress.media.values())
    assert (row.state, post["status"], post["slug"]) == ("published", "publish", "t1")
    assert row.remote_url == f"{wordpress.url}/t1/" and all(part["ok"] for part in row.proof)
    assert f"igny8:{row.marker}:{row.version[:16]}" in post["content"]
    assert post["featured_media"] == media[0]["id"] and len(media) == 2
    assert media[0]["alt_text"].startswith("Picture of") and row.marker in media[0]["slug"]
    assert f'<!-- wp:image {{"id":{media[1]["id"]}' in post["content"]
    assert len(post["categories"]) == 1 and len(post["tags"]) == 2
    assert post["excerpt"] == "Soon." and "<!-- wp:table" in post["content"]


def test_post_is_not_public_before_all_fields_are_set(publish, wordpress):
    publish(1)
    writes = [line for line in wordpress.asked if line.startswith("POST /wp/v2/posts")]
    assert writes == ["POST /wp/v2/posts", "POST /wp/v2/posts/10", "POST /wp/v2/posts/10"]


def test_draft_stays_a_draft(publish, wordpress):
    assert publish(1, wanted="draft").state == "published"
    assert wordpress.posts[10]["status"] == "draft"


@pytest.mark.parametrize(
    "fault", ["500 after", "cut after", "empty after", "cut", "429", "waf", "login"]
)
@pytest.mark.parametrize(
    "where",
    [
        "POST /wp/v2/posts",
        "POST /wp/v2/media",
        "POST /wp/v2/posts/10",
        "GET /wp/v2/posts",
        "POST /wp/v2/categories",
    ],
)
def test_lost_or_odd_answer_never_creates_a_second_post(publish, wordpress, where, fault):
    wordpress.fail(where, fault)
    row = publish()
    assert row.state == "published", row.reason
    assert len(wordpress.posts) == 1 and len(wordpress.media) == 2
    assert wordpress.faults == [] and wordpress.posts[10]["status"] == "publish"


def test_lost_answer_is_not_repeated_before_the_site_clock_advances(
    publish, wordpress, hours_later
):
    wordpress.fail("POST /wp/v2/posts", "cut")
    row = publish(0)
    worker.publish_next()
    for _ in range(3):
        hours_later(100)
        worker.publish_next()
    assert wordpress.asked.count("POST /wp/v2/posts") == 1
    wordpress.later(61)
    hours_later(100)
    worker.publish_next()
    assert wordpress.asked.count("POST /wp/v2/posts") == 2 and len(wordpress.posts) == 1
    assert stored(row.content_id, row.target_id).state == "published"


class Died(BaseException):
    """The process is killed here."""


def die(*_):
    raise Died


def test_worker_killed_at_any_point_leaves_one_post_and_its_media(
    site, articles, target, wordpress, hours_later, monkeypatch
):
    """Die at the n-th passing of each fault point, for every n, and let another worker continue."""
    monkeypatch.setattr(os, "kill", die)
    deaths = 0
    for point in faults.PUBLISHING_FAULT_POINTS:
        number, has_died = 0, True
        while has_died:
            number += 1
            has_died = False
            wordpress.posts.clear(), wordpress.media.clear()
            with write_transaction() as tx:
                tx.execute(Publication.__table__.delete())
                Publication.request(tx, site.id, articles[0], target, "anna")
            faults._passages.clear()
            monkeypatch.setenv("IGNY8_FAULT", f"{point}:{number}")
            try:
                worker.publish_next()
            except Died:
                has_died, deaths = True, deaths + 1
            monkeypatch.delenv("IGNY8_FAULT")
            for _ in range(4):
                hours_later(100)
                wordpress.later(100)
                worker.publish_next()
            row = stored(articles[0], target)
            assert row.state == "published", (point, number, row.reason)
            assert (len(wordpress.posts), len(wordpress.media)) == (1, 2), (point, number)
    assert deaths > 20


def test_address_returned_by_the_site_is_stored(publish, wordpress):
    wordpress.posts[1] = {
        "id": 1,
        "slug": "t1",
        "status": "publish",
        "title": "",
        "content": "",
        "excerpt": "",
    }
    row = publish(1)
    assert row.state == "published" and row.remote_url.endswith("/t1-2/")
    assert [p["note"] for p in row.proof if not p["ok"]] == ["“t1-2”, because the other is taken"]


def test_existing_term_with_another_slug_is_used(publish, wordpress):
    name = "how to start seeds indoors in winter"
    wordpress.terms["categories"][7] = {"name": name, "slug": "other"}
    publish(1)
    assert wordpress.posts[10]["categories"] == [7]


def test_user_without_right_to_create_categories_is_told_so(publish, wordpress):
    wordpress.role = "author"
    row = publish(1)
    assert row.state == "published" and "categories" in wordpress.posts[10]
    assert any("the user may not" in part["note"] for part in row.proof)


def test_file_that_is_too_large_fails_with_its_size(publish, wordpress):
    wordpress.fail("POST /wp/v2/media", "413")
    row = publish(2)
    assert row.state == "failed" and "KB (413)" in row.reason
    assert publish(1).state == "published" and len(wordpress.posts) == 1


def test_role_lost_halfway_fails_and_continues_when_restored(publish, wordpress):
    wordpress.role = "contributor"
    row = publish(1)
    assert row.state == "failed" and "author or editor" in row.reason
    wordpress.role = "editor"
    assert publish(2).state == "published" and len(wordpress.posts) == 1


def test_wrong_password_is_named(publish, wordpress, target):
    wordpress.tells_apart = True
    with write_transaction() as tx:
        tx.execute(update(PublishingTarget).values(username="nobody"))
    row = publish(1)
    assert row.state == "failed" and "no user with this name" in row.reason


def test_update_changes_the_same_post_and_keeps_its_address(publish, wordpress, articles):
    publish(1)
    change(articles[0], title="New title", slug="other")
    row = publish(1)
    [post] = wordpress.posts.values()
    assert (row.state, post["title"], post["slug"]) == ("published", "New title", "t1")
    assert len(wordpress.media) == 2


def test_post_changed_by_a_person_is_overwritten_only_on_request(publish, wordpress, articles):
    publish(1)
    wordpress.posts[10]["content"] += "<p>By hand</p>"
    change(articles[0], title="New title")
    row = publish(1)
    assert (row.state, row.changed_there) == ("outdated", True)
    assert "by a person" in row.reason and wordpress.posts[10]["title"] != "New title"
    row = publish(1, overwrite=True)
    assert (row.state, row.changed_there) == ("published", False)
    assert "By hand" not in wordpress.posts[10]["content"]


def test_own_update_with_a_lost_answer_is_recognised(publish, wordpress, articles):
    publish(1)
    change(articles[0], title="New title")
    wordpress.fail("POST /wp/v2/posts/10", "cut after")
    assert publish().state == "published" and wordpress.posts[10]["title"] == "New title"


def test_deleted_post_is_missing_and_recreated_on_request(publish, wordpress, articles):
    publish(1)
    wordpress.posts.clear()
    change(articles[0], title="New title")
    row = publish(1)
    assert row.state == "missing" and "deleted on the site" in row.reason
    assert publish(1).state == "published" and len(wordpress.posts) == 1


def test_fields_refused_by_the_seo_plugin_are_named(publish, wordpress, target):
    with write_transaction() as tx:
        facts = {"root": f"{wordpress.url}/wp-json/", "seo": "Yoast SEO"}
        tx.execute(update(PublishingTarget).values(facts=facts))
    wordpress.kept_meta = ("_yoast_wpseo_title",)
    proof = {part["name"]: part for part in publish(1).proof}
    assert (
        proof["Search title"]["ok"]
        and "does not accept it over REST" in (proof["Meta description"]["note"])
    )


def test_site_that_refuses_webp_receives_jpeg(publish, wordpress, app):
    for path in Path(app.config["SETTINGS"].images).rglob("*.webp"):
        Image.new("RGBA", (4, 4)).save(path, "WEBP")
    wordpress.refuses_webp = True
    assert publish(1).state == "published"
    assert [m["source_url"][-4:] for m in wordpress.media.values()] == [".jpg", ".jpg"]


def test_answer_of_unknown_structure_is_reported(publish, wordpress):
    wordpress._shown = lambda post: {"id": post["id"]}
    row = publish()
    assert row.state == "failed" and "another shape" in row.reason
    del wordpress._shown
    assert publish(3).state == "published" and len(wordpress.posts) == 1


def test_post_whose_record_was_lost_is_found_and_not_overwritten(publish, wordpress, site):
    row = publish(1)
    kept = {name: getattr(row, name) for name in ("site_id", "content_id", "target_id", "marker")}
    wordpress.posts[10]["content"] += "<p>By hand</p>"
    with write_transaction() as tx:
        tx.execute(Publication.__table__.delete())
        tx.execute(Publication.__table__.insert().values(state="queued", **kept))
    for _ in range(2):
        found = publish(1)
        assert (found.state, found.changed_there, len(wordpress.posts)) == ("outdated", True, 1)
    assert "By hand" in wordpress.posts[10]["content"] and "record of it is lost" in found.reason
    assert publish(1, overwrite=True).state == "published"
    assert len(wordpress.posts) == 1 and len(wordpress.media) == 2


def test_plain_permalinks_work(publish, wordpress):
    wordpress.plain = True
    assert publish(1).state == "published"


def test_log_has_each_request_and_no_secret(publish, wordpress):
    publish(1)
    with read_transaction() as tx:
        texts = tx.execute(select(PublicationEvent.text)).scalars().all()
    assert "POST /wp/v2/posts: 201" in texts
    assert not any(PASSWORD.replace(" ", "") in text or "Basic" in text for text in texts)


def test_publication_is_never_processed_by_two_workers(publish, wordpress):
    publish(0)
    assert claims.claim_next() is not None and claims.claim_next() is None
