"""What stands on the pages can be read: at its place, whole where it matters, and true when nobody answers."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from igny8.extensions import write_transaction
from igny8.models import RunEvent, Worker
from tests.browser import scenes
from tests.browser.conftest import visitor
from tests.browser.polling import Held, open_with_stopped_clock, poll, wait_for_paint
from tests.browser.test_polling import HIGH, SHIFTS

LEFT_EDGES = """row => { const range = document.createRange(); range.selectNodeContents(row);
  return [range.getBoundingClientRect().left, row.getBoundingClientRect().left] }"""
TORN = """line => { const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT), boxes = [];
  for (let node; (node = walker.nextNode());) {
    const range = document.createRange(); range.selectNodeContents(node);
    boxes.push(...[...range.getClientRects()].filter(box => box.width));
  }
  return boxes.slice(1).map((box, at) => Math.abs(box.top - boxes[at].top) < 12 ? box.left - boxes[at].right : 0);
}"""


@pytest.fixture
def tab(chromium, static_scene):
    with visitor(chromium, static_scene) as opened:
        yield opened


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"), (320, "light")]
)
@pytest.mark.parametrize("path", ["/sites/running/automation", "/", "/workers"])
def test_lost_connection_is_shown_without_layout_shift(tab, path, width, theme):
    tab.emulate_media(color_scheme=theme)
    tab.set_viewport_size({"width": width, "height": HIGH})
    open_with_stopped_clock(tab, path)
    tab.evaluate(SHIFTS)
    held = asked(tab)
    tab.clock.run_for(6_000)
    held.cut()
    gone, here = tab.locator("#pulse .unheard"), tab.locator("#pulse .here")
    expect(gone).to_contain_text("Connection lost, reconnecting… last updated 12 s ago")
    expect(here).to_be_hidden()
    box = gone.bounding_box()
    assert box["y"] + box["height"] < 400 and box["x"] + box["width"] <= width
    tab.clock.run_for(5_000)
    expect(here).to_be_visible()
    expect(gone).to_have_count(0)
    tab.screenshot()  # paints a frame although the clock of the page is stopped
    assert tab.evaluate("shifted") == []
    assert not [said for said in tab.complaints if "htmx" in said]
    tab.complaints.clear()  # the browser's own line on the connection that was cut


@pytest.mark.parametrize("path", ["/sites/running/automation", "/", "/workers"])
def test_timeout_of_15_seconds_is_a_lost_connection(tab, path):
    open_with_stopped_clock(tab, path)
    held = asked(tab)
    tab.clock.run_for(8_000)
    expect(tab.locator("#pulse .unheard")).to_have_count(0)
    tab.clock.run_for(7_000)
    expect(tab.locator("#pulse .unheard")).to_contain_text("Connection lost, reconnecting…")
    held.release()
    tab.clock.run_for(5_000)
    expect(tab.locator("#pulse .here")).to_be_visible()
    expect(tab.locator("#pulse .unheard")).to_have_count(0)


def asked(tab) -> Held:
    """Turn the clock on by 6 seconds, in which every page that works asks once, and hold what it asked."""
    held = Held(tab, "**/live*")
    tab.clock.run_for(6_000)
    held.arrived()
    return held


@pytest.mark.parametrize("width", [1280, 1024, 390, 320])
def test_figures_are_close_to_their_labels(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/sites/running/automation")
    for line in ("#run-card .items", "#run-card .tally", "#foot-note"):
        assert max(tab.locator(line).evaluate(TORN), default=0) < 6


@pytest.mark.parametrize("width", [1280, 390])
def test_long_titles_do_not_cut_the_end_of_an_activity_line(chromium, working_scene, width):
    slug = f"told{width}"
    working_scene.begin(working_scene.create_site(slug))
    working_scene.until_stage(slug, 2)
    with working_scene.work(), write_transaction() as tx:
        tx.execute(
            update(RunEvent)
            .where(RunEvent.run_id == working_scene.run_of(slug).id)
            .values(message=f"Wrote “{scenes.LONG} and so on” · 1,240 words", credits=13)
        )
    with visitor(chromium, working_scene) as tab:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(f"/sites/{slug}/automation")
        for end in tab.locator("#activity-card .end").all():
            assert end.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert tab.locator("#activity-card .end").count() > 2
    working_scene.finish()


def test_review_buttons_are_in_one_line(tab):
    tab.goto("/sites/finished/review")
    tops = {
        round(box.bounding_box()["y"] + box.bounding_box()["height"] / 2)
        for box in tab.locator(".bar2 :is(button.yes, summary, .btn)").all()
    }
    assert tab.locator(".bar2").bounding_box()["height"] < 75 and max(tops) - min(tops) <= 2


@pytest.mark.parametrize(
    ("path", "cell"), [("/admin", "td.grow"), ("/sites/rtl/keywords", "td.grow")]
)
def test_right_to_left_names_are_aligned_left(tab, path, cell):
    tab.goto(path)
    found = [
        row.evaluate(LEFT_EDGES) for row in tab.locator(cell).all() if row.inner_text().strip()
    ]
    assert found and all(text - edge < 20 for text, edge in found)


def test_workers_are_stacked_on_a_phone(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto("/workers")
    box = tab.get_by_role("region", name="Workers")
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    lefts = {round(cell.bounding_box()["x"]) for cell in box.locator("tbody td").all()}
    assert len(lefts) == 1


def worker_slots(working_scene, count: int) -> None:
    """Set the slots of the only worker; 0 is like no worker."""
    with working_scene.work(), write_transaction() as tx:
        tx.execute(update(Worker).values(slots=count))


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
@pytest.mark.parametrize("words", [scenes.ENGLISH, ()])
def test_leaving_worker_shifts_nothing_on_an_idle_page(chromium, working_scene, width, words):
    slug = f"idle{width}{len(words)}"
    working_scene.create_site(slug, words=words)
    with visitor(chromium, working_scene) as tab:
        tab.set_viewport_size({"width": width, "height": HIGH})
        tab.goto(f"/sites/{slug}/automation")
        wait_for_paint(tab)
        tab.evaluate(SHIFTS)
        try:
            worker_slots(working_scene, 0)
            poll(tab)
        finally:
            worker_slots(working_scene, 1)
        expect(tab.locator("#notice-no_worker")).to_be_visible()
        wait_for_paint(tab)
        assert tab.evaluate("shifted") == []
    working_scene.finish()
