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
    open_with_stopped_clock,
    poll,
    refresh,
    requests_of,
    wait_for_paint,
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
def run(working_scene):
    """Return the slug of a fresh site whose run has begun; at the end nothing of it is left to do."""
    slug = next(names)
    working_scene.begin(working_scene.create_site(slug))
    yield slug
    working_scene.finish()


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened


@pytest.fixture
def page(tab, run):
    """Return the run's page, on whose clock only the test turns the hands."""
    open_with_stopped_clock(tab, f"/sites/{run}/automation")
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


def stored(working_scene, slug: str) -> tuple:
    """Return the same from the ledger: counted from its rows, not from the counters of the snapshot."""
    row = working_scene.run_of(slug)
    return (
        int(100 * (1 - row.bar_remaining) + 1e-9),
        row.current_stage,
        working_scene.counted(row.id, "done", "failed", "skipped"),
    )


def touch(working_scene, slug: str) -> None:
    """Give the run a new version, so that the next answer is a whole page and not “nothing new”."""
    with working_scene.work(), write_transaction() as tx:
        tx.execute(
            update(Run)
            .where(Run.id == working_scene.run_of(slug).id)
            .values(version=Run.version + 1)
        )


def test_page_shows_every_change_within_one_interval(working_scene, run, page):
    while working_scene.step():
        refresh(page)
        assert shown(page) == stored(working_scene, run)
    assert shown(page)[0] == 100
    assert interval_of(page) == 30


def test_refresh_is_exactly_one_request(working_scene, run, page):
    sent = requests_of(page)
    for _ in range(6):
        touch(working_scene, run)
        refresh(page)
    assert sent == [f"sites/{run}/automation/live"] * 6


def test_hidden_page_stops_polling_until_shown(page):
    sent = requests_of(page)
    page.evaluate(HIDE, True)
    page.clock.run_for(60_000)
    assert sent == []
    with page.expect_response("**/automation/live*"):
        page.evaluate(HIDE, False)
    assert len(sent) == 1


def test_hidden_list_of_sites_stops_polling_until_shown(run, tab):
    open_with_stopped_clock(tab, "/")
    sent = requests_of(tab)
    tab.evaluate(HIDE, True)
    tab.clock.run_for(60_000)
    assert sent == []
    with tab.expect_response("**/sites/live*"):
        tab.evaluate(HIDE, False)


def test_idle_page_polls_every_30_seconds(working_scene, tab):
    slug = next(names)
    working_scene.create_site(slug)
    open_with_stopped_clock(tab, f"/sites/{slug}/automation")
    sent = requests_of(tab)
    tab.clock.run_for(29_000)
    assert sent == []
    with tab.expect_response("**/automation/live*"):
        tab.clock.run_for(2_000)


def test_page_of_an_ended_run_polls_and_shows_the_next_one(working_scene, run, page):
    working_scene.finish()
    refresh(page)
    expect(page.locator(".state")).to_have_text("Completed")
    sent = requests_of(page)
    page.clock.run_for(29_000)
    assert sent == []
    with page.expect_response("**/automation/live*"):
        page.clock.run_for(1_000)
    assert len(sent) == 1
    site_id = working_scene.run_of(run).site_id
    working_scene.import_keywords(site_id, "another kind of mulch", "mulch for another bed")
    working_scene.begin(site_id)
    refresh(page)
    expect(page.locator("#run-card")).to_contain_text("Run #2")


def test_input_selection_details_and_scroll_survive_refreshes(working_scene, run, page):
    page.route("**/automation/live*", with_a_field)
    touch(working_scene, run)
    poll(page)
    page.set_viewport_size({"width": 900, "height": 500})
    page.locator("#pop-cancel > summary").click()
    page.locator("#field").fill("half a sentence")
    page.locator("#field").evaluate("e => e.setSelectionRange(2, 6)")
    page.evaluate("scrollTo(0, 260)")
    for _ in range(50):
        touch(working_scene, run)
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


def test_refresh_keeps_the_focus(working_scene, run, page):
    page.get_by_role("button", name="Pause").focus()
    for _ in range(5):
        assert working_scene.step()
        poll(page)
    assert page.evaluate("document.activeElement.textContent").endswith("Pause")


def test_refresh_in_flight_does_not_overwrite_a_click(working_scene, run, page):
    working_scene.step()
    held = Held(page, "**/automation/live*", stale=True)
    page.clock.run_for(1000 * interval_of(page))
    held.arrived()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".state")).to_have_text("Paused")
    held.release()
    page.evaluate("() => fetch('/health')")
    expect(page.locator(".state")).to_have_text("Paused")
    working_scene.resume(run)


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
def test_layout_does_not_shift_during_a_run(chromium, working_scene, run, width):
    working_scene.provider.refuses_images = True
    with visitor(chromium, working_scene) as tab:
        tab.set_viewport_size({"width": width, "height": HIGH})
        tab.goto(f"/sites/{run}/automation")
        wait_for_paint(tab)
        tab.evaluate(SHIFTS)
        working_scene.until_stage(run, 4)
        working_scene.pause(run)
        poll_and_wait_for_paint(tab)
        working_scene.resume(run)
        while working_scene.step():
            poll_and_wait_for_paint(tab)
        assert shown(tab)[0] == 100
        assert tab.evaluate("shifted") == []
    working_scene.provider.refuses_images = False


def poll_and_wait_for_paint(tab) -> None:
    """Poll once; return when the result has been painted."""
    poll(tab)
    wait_for_paint(tab)
