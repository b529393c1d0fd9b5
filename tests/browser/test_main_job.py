"""The main job in a real browser: from a first visit to an article that was approved."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import visitor
from tests.waiting import until

PLANTS = ("tomatoes", "roses", "basil", "lavender", "blueberries", "cucumbers", "peppers", "hydrangeas")
PHRASES = [f"{words} {plant}" for plant in PLANTS for words in ("how to grow", "best fertilizer for", "when to prune")]


def arrive(tab, sample: bool = False) -> None:
    """Make a site, take in keywords (24 pasted ones, or the sample) and stand on the Automation page."""
    tab.goto("/")
    tab.get_by_label("Name").fill("Green Garden")
    tab.get_by_role("button", name="Next: keywords").click()
    if sample:
        tab.get_by_role("button", name="Load the sample export").click()
    else:
        tab.get_by_label("Or paste keywords").fill("\n".join(PHRASES))
        tab.get_by_role("button", name="Look through them").click()
    tab.get_by_role("button", name=re.compile("Import .* keywords")).click()
    tab.get_by_role("link", name=re.compile("Next: run the automation")).click()
    expect(tab.get_by_role("heading", name="Automation")).to_be_visible()


def shown_percent(tab) -> int:
    return int(tab.locator("#live").get_attribute("data-percent"))


def test_a_newcomer_gets_from_nothing_to_an_approved_article_by_mouse(tab):
    arrive(tab, sample=True)
    expect(tab.get_by_text("Ready to run")).to_be_visible()
    tab.get_by_role("button", name="Run now").click()
    seen = []
    until(lambda: seen.append(shown_percent(tab)) or seen[-1] == 100, 120, "100 %")
    assert seen == sorted(seen)
    expect(tab.locator(".state")).to_have_text("Completed")
    tab.get_by_role("navigation", name="Site").get_by_role("link", name="Review").click()
    tab.get_by_role("button", name=re.compile("^Approve")).click()
    expect(tab.get_by_text("Approved", exact=False).first).to_be_visible()


def test_an_ended_run_asks_for_nothing_more(tab):
    arrive(tab)
    tab.get_by_role("button", name="Run now").click()
    expect(tab.locator(".state")).to_have_text("Completed", timeout=120_000)
    assert tab.locator("#live").get_attribute("hx-trigger") is None
    tab.get_by_role("button", name="Dismiss").click()
    expect(tab.get_by_text("Nothing is waiting")).to_be_visible()
    assert tab.locator("#live").get_attribute("hx-trigger") == "every 30s"


def test_two_browsers_see_the_same_run_and_either_may_pause_it(chromium, product, tab):
    arrive(tab)
    tab.get_by_role("button", name="Run now").click()
    tab.get_by_role("button", name="Pause").click()
    with visitor(chromium, product.address) as other:
        other.goto("/sites/green-garden/automation")
        expect(other.locator(".state")).to_have_text("Paused", timeout=60_000)
        expect(tab.locator("#notice-paused")).to_be_visible(timeout=60_000)
        assert shown_percent(other) == shown_percent(tab)
        other.get_by_role("button", name="Resume").click()
        expect(other.locator(".state")).to_have_text("Completed", timeout=120_000)


def test_a_killed_server_comes_back_and_the_run_goes_on_by_itself(product, tab):
    arrive(tab)
    tab.get_by_role("button", name="Run now").click()
    until(lambda: shown_percent(tab) > 5, 60, "some progress")
    before = shown_percent(tab)
    product.kill()
    expect(tab.get_by_text("Connection lost")).to_be_visible()
    product.start(port=int(product.address.rsplit(":", 1)[1]))
    seen = []
    until(lambda: seen.append(shown_percent(tab)) or seen[-1] == 100, 150, "100 %")
    assert seen == sorted(seen) and seen[0] >= before
    tab.complaints.clear()  # the browser itself complains about the refused connections


def test_a_reload_shows_the_same_bar_and_cancel_keeps_what_was_made(tab):
    arrive(tab)
    tab.get_by_role("button", name="Run now").click()
    until(lambda: shown_percent(tab) > 0, 60, "some progress")
    before = shown_percent(tab)
    tab.reload()
    assert shown_percent(tab) >= before
    tab.locator("#pop-cancel summary").click()
    tab.get_by_role("button", name="Stop the run").click()
    expect(tab.locator(".state")).to_have_text(re.compile(r"Stopped at \d+ %"), timeout=60_000)


def test_without_javascript_the_whole_job_can_be_done(chromium, product):
    with visitor(chromium, product.address, java_script_enabled=False) as plain:
        arrive_without_script(plain)
        plain.get_by_role("button", name="Run now").click()
        expect(plain.locator(".state")).to_have_text("Completed", timeout=60_000)  # the page refreshes itself
        assert "http-equiv" not in plain.content()


def arrive_without_script(plain) -> None:
    plain.goto("/")
    plain.get_by_label("Name").fill("Plain")
    plain.get_by_role("button", name="Next: keywords").click()
    plain.get_by_label("Or paste keywords").fill("how to prune roses\nbest roses for pots\nrose fertilizer\n")
    plain.get_by_role("button", name="Look through them").click()
    plain.get_by_role("button", name=re.compile("Import 3 keywords")).click()
    expect(plain.get_by_role("heading", name="3 new keywords")).to_be_visible()
    plain.goto("/sites/plain/automation")
