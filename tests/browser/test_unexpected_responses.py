"""Something else answers a request of the page: a proxy's sign-in page, a captive portal, a redirect."""

import itertools

import pytest
from playwright.sync_api import expect

from igny8.engine import keyword_import
from igny8.models import Site
from tests.browser.conftest import visitor
from tests.browser.polling import Held

PAGE = "<!doctype html><title>Sign in</title><h1>Sign in to our network</h1>"
MARK = {"X-IGNY8": "1"}
FOREIGN = {
    "sign-in page": {"status": 200, "content_type": "text/html", "body": PAGE},
    "mark without its element": {"status": 200, "headers": MARK, "body": PAGE},
    "nothing": {"status": 204},
    "redirect": {"status": 302, "headers": {"Location": "https://sso.invalid/"}},
    "refusal": {"status": 403, "content_type": "text/html", "body": PAGE},
    "elsewhere": {"status": 401, "headers": {"HX-Redirect": "https://sso.invalid/"}},
    "captive portal": {"status": 511, "content_type": "text/html", "body": PAGE},
}
names = (f"foreign{number}" for number in itertools.count(1))


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened
        opened.complaints.clear()  # the browser itself notes 403


@pytest.fixture
def slug(working_scene):
    """Return the slug of a fresh site with keywords that wait."""
    name = next(names)
    working_scene.create_site(name)
    return name


def expect_a_way_back(tab, path: str) -> None:
    expect(tab.locator("#stranger")).to_contain_text("Something else answers for IGNY8 here")
    link = tab.get_by_role("link", name="Sign in again")
    assert link.evaluate("e => e.href").endswith(path)
    expect(tab.get_by_text("Sign in to our network")).to_have_count(0)


@pytest.mark.parametrize("kind", FOREIGN)
def test_unexpected_poll_response_keeps_the_page_and_polling(tab, slug, kind):
    path = f"/sites/{slug}/automation"
    tab.goto(path)
    tab.route("**/automation/live*", lambda route: route.fulfill(**FOREIGN[kind]))
    tab.evaluate("htmx.trigger(document.getElementById('live'), 'every', {forced: true})")
    expect_a_way_back(tab, path)
    expect(tab.get_by_role("button", name="Run now")).to_be_visible()
    expect(tab.locator("#contact")).to_contain_text("IGNY8 does not answer, reconnecting…")
    tab.unroute("**/automation/live*")
    expect(tab.locator("#stranger")).to_have_count(0)
    expect(tab.locator("#contact")).to_contain_text("Updated")


@pytest.mark.parametrize(("path", "box"), [("/", "sites"), ("/workers", "workers")])
def test_unexpected_response_keeps_the_other_polled_pages(tab, slug, path, box):
    tab.goto(path)
    tab.route("**/live*", lambda route: route.fulfill(**FOREIGN["sign-in page"]))
    tab.evaluate(f"htmx.trigger(document.getElementById('{box}'), 'every', {{forced: true}})")
    expect_a_way_back(tab, path)
    expect(tab.locator(f"#{box}")).to_be_visible()
    tab.unroute("**/live*")
    expect(tab.locator("#stranger")).to_have_count(0)


def test_unexpected_response_keeps_the_import_page(working_scene, tab, slug):
    path = working_scene.app.config["SETTINGS"].uploads / f"{slug}.txt"
    path.write_text("one more keyword\n")
    with working_scene.app.app_context():
        site_id = Site.find(slug).id
        import_id = keyword_import.preview(site_id, path, "more.txt")
        keyword_import.confirm(site_id, import_id)
    tab.goto(f"/sites/{slug}/import/{import_id}")
    tab.route("**/live*", lambda route: route.fulfill(**FOREIGN["sign-in page"]))
    tab.evaluate("htmx.trigger(document.getElementById('import'), 'every')")
    expect_a_way_back(tab, f"/sites/{slug}/import/{import_id}")
    expect(tab.locator("#import progress")).to_be_visible()
    tab.unroute("**/live*")
    with working_scene.app.app_context():
        keyword_import.import_next()
    expect(tab.locator("#stranger")).to_have_count(0)


@pytest.mark.parametrize("kind", ["sign-in page", "redirect"])
def test_unexpected_response_to_a_click_undoes_the_start(working_scene, tab, slug, kind):
    tab.goto(f"/sites/{slug}/automation")
    held = Held(tab, "**/automation/run")
    tab.get_by_role("button", name="Run now").click()
    held.arrived()
    tab.route("**/automation/live*", lambda route: route.abort())
    held.release(**FOREIGN[kind])
    expect(tab.locator("#refusal")).to_have_text(
        "Not done: something else answered for IGNY8. Sign in again, then repeat it."
    )
    expect(tab.get_by_text("Ready to run")).to_be_visible()
    assert working_scene.run_of(slug) is None


def test_proxy_error_counts_as_a_lost_connection(tab, slug):
    tab.goto(f"/sites/{slug}/automation")
    tab.route("**/automation/live*", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    tab.evaluate("htmx.trigger(document.getElementById('live'), 'every', {forced: true})")
    expect(tab.locator("#contact")).to_contain_text("Connection lost, reconnecting…")
    expect(tab.locator("#stranger")).to_have_count(0)
