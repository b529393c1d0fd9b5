"""From a finished review to 30 posts on the site: three clicks, counted in a real browser."""

import random

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from igny8.app import create_app
from igny8.config import load
from igny8.extensions import write_transaction
from igny8.models import Content, PublishingTarget, Site
from tests.browser.conftest import visitor
from tests.browser.product import Product
from tests.publishing.http_server import serving
from tests.publishing.wordpress_site import PASSWORD, USER, ScriptedFaults
from tests.waiting import until
from tests.web.conftest import fill

POSTS, MAX_CLICKS = 30, 3
TITLES = [f"How to grow plant number {number}" for number in range(1, POSTS + 1)]


@pytest.fixture
def wordpress():
    """Return a WordPress site in memory that works."""
    site = ScriptedFaults(random.Random(1))
    site.RATE = 0
    with serving(site) as site.url:
        yield site


@pytest.fixture
def reviewed(tmp_path, wordpress):
    """Return a product with a WordPress target and 30 articles whose review is finished."""
    product = Product(tmp_path / "var", IGNY8_OUTBOUND_ALLOW="127.0.0.1")
    product.start()
    app = create_app(load(product.environ))
    with app.app_context(), write_transaction() as tx:
        site_id = Site.create(tx, "Green Garden", "green-garden", "https://greengarden.example")
        fill(tx, site_id, app.config["SETTINGS"].images, TITLES)
        tx.execute(update(Content).values(status="approved"))
        values = {"name": "Blog", "url": wordpress.url, "username": USER, "options": {}}
        PublishingTarget.create(tx, site_id, "wordpress", PASSWORD.replace(" ", ""), **values)
    yield product
    product.stop()


def test_thirty_posts_are_live_three_clicks_after_the_review(chromium, reviewed, wordpress):
    clicks = []
    with visitor(chromium, reviewed) as tab:
        tab.expose_function("clicked", lambda: clicks.append(tab.url))
        tab.add_init_script("addEventListener('mousedown', () => clicked(), true)")
        tab.goto("/sites/green-garden/review/")
        expect(tab.get_by_text("Nothing to review")).to_be_visible()
        tab.get_by_role("navigation", name="Site").get_by_role("link", name="Articles").click()
        tab.locator("summary", has_text="Publish the approved").click()
        tab.get_by_role("button", name="Publish", exact=True).click()
        expect(tab.get_by_text("30 articles queued for Blog.")).to_be_visible()
    assert 0 < len(clicks) <= MAX_CLICKS
    until(lambda: live(wordpress) == POSTS, 120, "30 posts", 0.2)
    assert len(wordpress.posts) == POSTS and len(wordpress.media) == 2 * POSTS


def live(wordpress) -> int:
    """Return how many posts readers of the site see."""
    return sum(post["status"] == "publish" for post in list(wordpress.posts.values()))
