"""A real WordPress for the tests of this folder, and approved articles to publish there."""

from pathlib import Path

import pytest
from PIL import Image as Picture
from sqlalchemy import select, update

from igny8.engine.publications.kinds import TargetTestContext
from igny8.engine.publications.target_test import run_target_test
from igny8.extensions import write_transaction
from igny8.models import Content, PublishingTarget
from igny8.outbound.allowlist import Allowlist
from tests.web.conftest import fill
from tests.wordpress.server import USER, RealWordPress, why_not

OPTIONS = {"format": "blocks", "categories": True, "tags": True}
HERE = Allowlist.of("127.0.0.1")


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory):
    """Return a running WordPress; the tests of a process share it."""
    if why := why_not():
        pytest.skip(why)
    wordpress = RealWordPress(tmp_path_factory.mktemp("wordpress"))
    wordpress.start()
    yield wordpress
    wordpress.stop()


@pytest.fixture
def articles(app, site) -> list[int]:
    """Return the ids of four approved articles with two images each."""
    images = Path(app.config["SETTINGS"].images)
    with write_transaction() as tx:
        fill(tx, site.id, images)
        tx.execute(update(Content).values(status="approved"))
        found = list(tx.execute(select(Content.id).order_by(Content.id)).scalars())
    for path in images.rglob("*.webp"):
        Picture.new("RGB", (640, 360), "green").save(path, "WEBP")
    return found


@pytest.fixture
def target(site, wordpress) -> int:
    """Return the id of the WordPress as a target whose test was successful."""
    with write_transaction() as tx:
        values = {"name": "Blog", "url": wordpress.url, "username": USER, "options": OPTIONS}
        target_id = PublishingTarget.create(tx, site.id, "wordpress", wordpress.secret, **values)
        row = PublishingTarget.find(tx, site.id, target_id)
    tried = run_target_test(row, TargetTestContext(site, "", HERE))
    assert tried.ok, tried.text
    with write_transaction() as tx:
        PublishingTarget.store_facts(tx, target_id, tried.facts)
    return target_id
