"""A text that a person changed on the site, beside ours, in a real browser."""

import os

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from igny8.app import create_app
from igny8.config import load
from igny8.extensions import write_transaction
from igny8.models import Content, Publication, PublishingTarget, Site
from tests.browser.conftest import visitor
from tests.browser.product import Product
from tests.web.conftest import fill

HTML = (
    "<p>Seeds need warmth, light and patience. Start in February.</p><h2>What you need</h2>"
    "<ul><li>A tray</li></ul><p>Keep the tray at 20 °C.</p>"
)
THEIRS = {
    "fingerprint": "f" * 64,
    "changed_at": "2026-12-01T10:00:00",
    "title": "Start seeds indoors",
    "excerpt": "Soon.",
    "html": HTML.replace("in February", "in late February, or in March in the north").replace(
        "<p>Keep the tray at 20 °C.</p>", "<p>Eva says: a window sill above a heater will do.</p>"
    ),
}
PAGE = "/sites/green-garden/content/1"


@pytest.fixture
def changed(tmp_path):
    """Return a product with an article that a person changed on the site."""
    product = Product(tmp_path / "var")
    product.start()
    app = create_app(load(product.environ))
    with app.app_context(), write_transaction() as tx:
        site_id = Site.create(tx, "Green Garden", "green-garden", "https://greengarden.example")
        fill(tx, site_id, app.config["SETTINGS"].images, ["How to start seeds indoors"])
        tx.execute(update(Content).values(status="approved", html=HTML, excerpt="Soon."))
        values = {"name": "Blog", "url": "https://blog.example", "username": "anna", "options": {}}
        target = PublishingTarget.create(tx, site_id, "wordpress", "x", **values)
        article = tx.execute(select(Content.id)).scalar_one()
        Publication.request(tx, site_id, article, target, "anna")
        values = {"state": "outdated", "changed_there": True, "theirs": THEIRS, "remote_id": "10"}
        tx.execute(update(Publication).values(reason="Changed on the site by a person.", **values))
    yield product
    product.stop()


def test_both_sides_fit_every_screen_and_a_text_is_taken_in(chromium, changed, tmp_path):
    for scheme in ("light", "dark"):
        with visitor(chromium, changed, color_scheme=scheme) as tab:
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.goto(PAGE)
                card = tab.locator("section", has_text="Changed on the site by a person").first
                expect(card.get_by_role("button")).to_have_count(3)
                expect(card.locator("ins").first).to_be_visible()
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
                shots = os.environ.get("IGNY8_SCREENSHOTS", str(tmp_path))
                card.screenshot(path=f"{shots}/drift-{width}-{scheme}.png")
    with visitor(chromium, changed) as tab:
        tab.goto(PAGE)
        tab.get_by_role("button", name="Take theirs in").click()
        expect(tab.get_by_role("status").get_by_text("Taken in as a new")).to_be_visible()
        expect(tab.get_by_role("heading", name="Start seeds indoors")).to_be_visible()
        expect(tab.get_by_role("button", name="Take theirs in")).to_have_count(0)
