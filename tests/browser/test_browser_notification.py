"""On wish the browser tells, in the background, that a run has ended."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import visitor
from tests.waiting import until

names = (f"tell{number}" for number in itertools.count(1))
RECORD = """() => {
  window.shown = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, options) { super(); shown.push([title, options.body]); }
  };
}"""
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"


@pytest.fixture
def tab(chromium, working_scene):
    """Return a tab of a site with waiting keywords; its browser records what it would show."""
    slug = next(names)
    working_scene.create_site(slug)
    with visitor(chromium, working_scene) as opened:
        opened.add_init_script(f"({RECORD})()")
        opened.slug = slug
        yield opened
    working_scene.finish()


def run_in_the_background(working_scene, tab) -> None:
    tab.goto(f"/sites/{tab.slug}/automation")
    tab.get_by_role("button", name="Run now").click()
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    tab.evaluate(HIDE)
    working_scene.finish()


def test_end_of_a_run_is_notified_in_the_background(working_scene, tab):
    tab.goto(f"/sites/{tab.slug}/settings/notifications")
    tab.get_by_role("button", name="Tell me in this browser").click()
    expect(tab.get_by_text("On in this browser.")).to_be_visible()
    run_in_the_background(working_scene, tab)
    until(lambda: tab.evaluate("shown"), 60, "a notice")
    [(title, body)] = tab.evaluate("shown")
    assert tab.slug.title() in title and "Done. " in body


def test_browser_without_permission_shows_no_notification(working_scene, tab):
    run_in_the_background(working_scene, tab)
    tab.evaluate("Object.defineProperty(document, 'hidden', {get: () => false})")
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(tab.locator(".state")).to_have_text("Completed")
    assert tab.evaluate("shown") == []
