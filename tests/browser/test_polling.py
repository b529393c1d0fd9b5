"""How the page keeps up with the database: one request a refresh, never stale, never in the way."""

import itertools

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from igny8.extensions import write_transaction
from igny8.models import Run
from tests.browser.conftest import visitor
from tests.browser.polling import (
    Held,
    interval_of,
    open_at_rest,
    painted,
    poll,
    refresh,
    requests_of,
)

HIGH = 2700  # px: all of the page is in sight, for what moves out of sight is not counted
names = (f"site{number}" for number in itertools.count(1))
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHIFTS = """() => {
  window.shifted = [];
  const name = node => node && `${node.nodeName} ${node.id ?? ""} ${node.textContent.trim().slice(0, 40)}`;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries())
      for (const {node, previousRect: was, currentRect: is} of entry.sources)
        shifted.push(`${entry.value}: ${name(node)}: ${was.x}, ${was.y} to ${is.x}, ${is.y}`);
  }).observe({type: "layout-shift", buffered: false});
}"""


@pytest.fixture
def run(moving):
    """Return the slug of a fresh site whose run has begun; at the end nothing of it is left to do."""
    slug = next(names)
    moving.begin(moving.plant(slug))
    yield slug
    moving.finish()


@pytest.fixture
def tab(chromium, moving):
    with visitor(chromium, moving) as opened:
        yield opened


@pytest.fixture
def page(tab, run):
    """Return the run's page, on whose clock only the test turns the hands."""
    open_at_rest(tab, f"/sites/{run}/automation")
    return tab


def shown(tab) -> tuple:
    """Return what the page says: percentage, stage in work, and the processed count of each stage."""
    box = tab.locator("#live")
    counts = tab.locator("#live-stages dt:text-is('Processed') + dd").all_inner_texts()
    return (
        int(box.get_attribute("data-percent")),
        int(box.get_attribute("data-stage")),
        [int(text.split()[0]) for text in counts],
    )


def stored(moving, slug: str) -> tuple:
    """Return the same from the ledger: counted from its rows, not from the counters of the snapshot."""
    row = moving.run_of(slug)
    return (
        int(100 * (1 - row.bar_remaining) + 1e-9),
        row.current_stage,
        moving.counted(row.id, "done", "failed", "skipped"),
    )


def touch(moving, slug: str) -> None:
    """Give the run a new version, so that the next answer is a whole page and not “nothing new”."""
    with moving.work(), write_transaction() as tx:
        tx.execute(
            update(Run).where(Run.id == moving.run_of(slug).id).values(version=Run.version + 1)
        )


def test_every_fact_of_a_whole_run_is_on_the_page_one_interval_later(moving, run, page):
    while moving.step():
        refresh(page)
        assert shown(page) == stored(moving, run)
    assert shown(page)[0] == 100
    assert interval_of(page) == 30


def test_a_refresh_is_exactly_one_request(moving, run, page):
    sent = requests_of(page)
    for _ in range(6):
        touch(moving, run)
        refresh(page)
    assert sent == [f"sites/{run}/automation/live"] * 6


def test_a_hidden_page_asks_nothing_and_asks_at_once_when_it_is_shown(page):
    sent = requests_of(page)
    page.evaluate(HIDE, True)
    page.clock.run_for(60_000)
    assert sent == []
    with page.expect_response("**/automation/live*"):
        page.evaluate(HIDE, False)
    assert len(sent) == 1


def test_the_hidden_list_of_sites_asks_nothing_and_asks_at_once_when_it_is_shown(run, tab):
    open_at_rest(tab, "/")
    sent = requests_of(tab)
    tab.evaluate(HIDE, True)
    tab.clock.run_for(60_000)
    assert sent == []
    with tab.expect_response("**/sites/live*"):
        tab.evaluate(HIDE, False)


def test_a_page_without_a_run_asks_every_30_seconds(moving, tab):
    slug = next(names)
    moving.plant(slug)
    open_at_rest(tab, f"/sites/{slug}/automation")
    sent = requests_of(tab)
    tab.clock.run_for(29_000)
    assert sent == []
    with tab.expect_response("**/automation/live*"):
        tab.clock.run_for(2_000)


def test_an_ended_run_asks_each_30_seconds_and_shows_the_next_one(moving, run, page):
    moving.finish()
    refresh(page)
    expect(page.locator(".state")).to_have_text("Completed")
    sent = requests_of(page)
    page.clock.run_for(29_000)
    assert sent == []
    with page.expect_response("**/automation/live*"):
        page.clock.run_for(1_000)
    assert len(sent) == 1
    site_id = moving.run_of(run).site_id
    moving.feed(site_id, "another kind of mulch", "mulch for another bed")
    moving.begin(site_id)
    refresh(page)
    expect(page.locator("#run-card")).to_contain_text("Run #2")


def test_typing_selection_open_details_and_scroll_survive_50_refreshes(moving, run, page):
    page.route("**/automation/live*", with_a_field)
    touch(moving, run)
    poll(page)
    page.set_viewport_size({"width": 900, "height": 500})
    page.locator("#pop-cancel > summary").click()
    page.locator("#field").fill("half a sentence")
    page.locator("#field").evaluate("e => e.setSelectionRange(2, 6)")
    page.evaluate("scrollTo(0, 260)")
    for _ in range(50):
        touch(moving, run)
        poll(page)
    assert page.evaluate("""() => { const field = document.activeElement;
        return [field.id, field.value, field.selectionStart, field.selectionEnd, scrollY] }""") == [
        "field",
        "half a sentence",
        2,
        6,
        260,
    ]
    assert page.locator("#pop-cancel").get_attribute("open") is not None


def with_a_field(route) -> None:
    """Answer as the server does, with a field to type into."""
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    route.fulfill(
        response=answer,
        headers=headers,
        body=answer.text().replace(
            '<p class="foot-note"',
            '<p><input id="field" aria-label="Field"></p><p class="foot-note"',
        ),
    )


def test_the_focus_stays_on_its_button_while_the_page_refreshes(moving, run, page):
    page.get_by_role("button", name="Pause").focus()
    for _ in range(5):
        assert moving.step()
        poll(page)
    assert page.evaluate("document.activeElement.textContent").endswith("Pause")


def test_a_click_is_not_overwritten_by_a_refresh_in_flight(moving, run, page):
    moving.step()
    held = Held(page, "**/automation/live*", stale=True)
    page.clock.run_for(1000 * interval_of(page))
    held.arrived()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".state")).to_have_text("Paused")
    held.let_go()
    page.evaluate("() => fetch('/health')")
    expect(page.locator(".state")).to_have_text("Paused")
    moving.resume(run)


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
def test_nothing_on_the_page_moves_while_a_whole_run_passes(chromium, moving, run, width):
    moving.engine.is_frosty = True
    with visitor(chromium, moving) as tab:
        tab.set_viewport_size({"width": width, "height": HIGH})
        tab.goto(f"/sites/{run}/automation")
        painted(tab)
        tab.evaluate(SHIFTS)
        moving.until_stage(run, 4)
        moving.pause(run)
        look(tab)
        moving.resume(run)
        while moving.step():
            look(tab)
        assert shown(tab)[0] == 100
        assert tab.evaluate("shifted") == []
    moving.engine.is_frosty = False


def look(tab) -> None:
    """Let the page ask once, and return when what it shows has been painted."""
    poll(tab)
    painted(tab)
