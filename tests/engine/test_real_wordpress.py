"""The same against a WordPress that runs somewhere: IGNY8_TEST_WORDPRESS="ADDRESS USER PASSWORD".

Any WordPress 6 will do that is meant for tests; its posts stay there (docs/testing.md).
"""

import os
from pathlib import Path

import pytest
from PIL import Image as Picture
from sqlalchemy import delete, select, update

from igny8.engine.publications import worker
from igny8.engine.publications.kinds import TargetTestContext
from igny8.engine.publications.target_test import run_target_test
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingTarget
from igny8.outbound.allowlist import Allowlist
from igny8.publishing.requests import make_target_client
from igny8.publishing.wordpress import WordPress
from tests.web.conftest import fill

GIVEN = os.environ.get("IGNY8_TEST_WORDPRESS", "").split()
HERE = Allowlist.of("127.0.0.1")
OPTIONS = {"format": "blocks", "categories": True, "tags": True}
pytestmark = pytest.mark.skipif(len(GIVEN) != 3, reason="IGNY8_TEST_WORDPRESS is not set")


@pytest.fixture
def article(app, site) -> int:
    """Return the id of an approved article with two images."""
    images = Path(app.config["SETTINGS"].images)
    with write_transaction() as tx:
        fill(tx, site.id, images)
        tx.execute(update(Content).values(status="approved"))
        article = tx.execute(select(Content.id).order_by(Content.id)).scalars().first()
    for path in images.rglob("*.webp"):
        Picture.new("RGB", (640, 360), "green").save(path, "WEBP")
    return article


@pytest.fixture
def target(site) -> int:
    url, user, password = GIVEN
    with write_transaction() as tx:
        values = {"name": "Blog", "url": url, "username": user, "options": OPTIONS}
        target_id = PublishingTarget.create(tx, site.id, "wordpress", password, **values)
        row = PublishingTarget.find(tx, site.id, target_id)
    tried = run_target_test(row, TargetTestContext(site, "", HERE))
    assert tried.ok, tried.text
    with write_transaction() as tx:
        PublishingTarget.store_facts(tx, target_id, tried.facts)
    return target_id


@pytest.fixture
def ask(site, target):
    """Return a function that reads from the site itself."""
    with read_transaction() as tx:
        facts = PublishingTarget.find(tx, site.id, target).facts

    def get(route: str, **query):
        with make_target_client(HERE) as http:
            wordpress = WordPress(http, lambda line: None, facts["root"], *GIVEN[1:])
            return wordpress.get(f"/wp/v2/{route}", context="edit", **query).value

    return get


def publish(site, article: int, target: int, **more):
    with write_transaction() as tx:
        Publication.request(tx, site.id, article, target, "anna", **more)
    worker.publish_next()
    with read_transaction() as tx:
        return Publication.find(tx, article, target)


def test_post_is_kept_whole_and_updated_in_place(site, article, target, ask):
    row = publish(site, article, target)
    assert row.state == "published", row.reason
    post = ask(f"posts/{row.remote_id}")
    assert post["status"] == "publish" and "<!-- wp:table" in post["content"]["raw"]
    assert len(ask("media", search=row.marker)) == 2 and post["featured_media"]
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == article).values(title="Seeds & trays"))
    again = publish(site, article, target)
    assert (again.state, again.remote_id) == ("published", row.remote_id)
    assert ask(f"posts/{row.remote_id}")["title"]["raw"] == "Seeds & trays"


def test_what_a_lost_record_made_is_found_again(site, article, target, ask):
    row = publish(site, article, target)
    kept = {name: getattr(row, name) for name in ("site_id", "content_id", "target_id", "marker")}
    with write_transaction() as tx:
        tx.execute(delete(Publication))
        tx.execute(Publication.__table__.insert().values(state="queued", **kept))
    found = publish(site, article, target)
    assert (found.state, found.changed_there) == ("outdated", True)
    found = publish(site, article, target, overwrite=True)
    assert (found.state, found.remote_id) == ("published", row.remote_id), found.reason
    assert len(ask("media", search=row.marker)) == 2
