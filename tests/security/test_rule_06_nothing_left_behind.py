"""Rule 6: a browser keeps nothing of private pages: not in its storage, not behind Back (attack 59)."""

import re

import pytest

from igny8 import config
from igny8.app import create_app
from tests import browser_client
from tests.security.outside import Visitor

STORED = """async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(d => d.name), ...(self.caches ? await caches.keys() : []),
  ...(await navigator.serviceWorker?.getRegistrations() ?? []).map(String)]"""
PAGES = (
    "/",
    "/sites/new",
    "/sites/kept/automation",
    "/sites/kept/keywords",
    "/sites/kept/clusters",
    "/sites/kept/ideas",
    "/sites/kept/content",
    "/sites/kept/review",
    "/sites/kept/runs",
    "/sites/kept/import",
    "/sites/kept/settings",
    "/sites/kept/settings/models",
    "/sites/kept/settings/prompts",
    "/sites/kept/settings/prices",
    "/nope",
)


@pytest.fixture(scope="module")
def ran(product):
    """Return a product with a site that ran once."""
    visitor = Visitor(product.address, product.cookies())
    visitor.take_in(visitor.new_site("Kept"), ["garden shed", "garden pond"])
    visitor.run("kept")
    return product


def test_tour_leaves_browser_storage_and_console_empty(ran, chromium):
    context = chromium.new_context(base_url=ran.address)
    name, value = browser_client.cookie(create_app(config.load(ran.environ)), has_looked=False)
    context.add_cookies([{"name": name, "value": value, "url": ran.address}])
    tab, complaints = context.new_page(), []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        tab.goto(path)
        assert tab.evaluate(STORED) == [], path
    names = {cookie["name"]: cookie for cookie in context.cookies()}
    context.close()
    assert [words for words in complaints if "404" not in words] == []
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in names.values())


def test_back_button_reloads_from_the_server(ran, chromium):
    context = chromium.new_context(base_url=ran.address)
    context.add_cookies(ran.cookies())
    tab, asked = context.new_page(), []
    tab.goto("/sites/kept/keywords")
    tab.goto("/sites/new")
    tab.on(
        "request",
        lambda request: asked.append(request.url) if request.is_navigation_request() else None,
    )
    tab.go_back()
    context.close()
    assert asked == [f"{ran.address}/sites/kept/keywords"]


def test_image_is_revalidated(ran):
    visitor = Visitor(ran.address, ran.cookies())
    [text, *_] = re.findall(
        r'href="(/sites/kept/content/\d+)"', visitor.get("/sites/kept/content").text
    )
    [address, *_] = re.findall(r'src="(/sites/kept/images/[^"]+)"', visitor.get(text).text)
    answer = visitor.get(address)
    assert (
        answer.headers["Cache-Control"] == "private, no-cache"
        and answer.headers.get_content_type() == "image/webp"
    )
    assert visitor.get(address, If_None_Match=answer.headers["ETag"]).status == 304
