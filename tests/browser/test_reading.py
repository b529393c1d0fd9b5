"""What stands on the pages can be read: at its place, whole where it matters, and true when nobody answers."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from igny8.extensions import write_transaction
from igny8.models import RunEvent, Worker
from tests.browser import scenes
from tests.browser.conftest import visitor
from tests.browser.polling import Held, open_at_rest, painted, poll
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
def tab(chromium, still):
    with visitor(chromium, still) as opened:
        yield opened


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"), (320, "light")]
)
@pytest.mark.parametrize("path", ["/sites/running/automation", "/", "/workers"])
def test_a_lost_connection_is_told_at_the_head_of_the_page_and_nothing_moves(
    tab, path, width, theme
):
    tab.emulate_media(color_scheme=theme)
    tab.set_viewport_size({"width": width, "height": HIGH})
    open_at_rest(tab, path)
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
    tab.screenshot()  # a frame is painted, though the clock of the page stands still
    assert tab.evaluate("shifted") == []
    assert not [said for said in tab.complaints if "htmx" in said]
    tab.complaints.clear()  # the browser's own line on the connection that was cut


@pytest.mark.parametrize("path", ["/sites/running/automation", "/", "/workers"])
def test_an_answer_that_does_not_come_within_15_seconds_is_a_lost_connection(tab, path):
    open_at_rest(tab, path)
    held = asked(tab)
    tab.clock.run_for(8_000)
    expect(tab.locator("#pulse .unheard")).to_have_count(0)
    tab.clock.run_for(7_000)
    expect(tab.locator("#pulse .unheard")).to_contain_text("Connection lost, reconnecting…")
    held.let_go()
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
def test_the_numbers_of_a_run_stand_close_to_their_words(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/sites/running/automation")
    for line in ("#run-card .items", "#run-card .tally", "#foot-note"):
        assert max(tab.locator(line).evaluate(TORN), default=0) < 6


@pytest.mark.parametrize("width", [1280, 390])
def test_the_end_of_an_activity_line_is_whole_however_long_its_title(chromium, moving, width):
    slug = f"told{width}"
    moving.begin(moving.plant(slug))
    moving.until_stage(slug, 2)
    with moving.work(), write_transaction() as tx:
        tx.execute(
            update(RunEvent)
            .where(RunEvent.run_id == moving.run_of(slug).id)
            .values(message=f"Wrote “{scenes.LONG} and so on” · 1,240 words", credits=13)
        )
    with visitor(chromium, moving) as tab:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(f"/sites/{slug}/automation")
        for end in tab.locator("#activity-card .end").all():
            assert end.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert tab.locator("#activity-card .end").count() > 2
    moving.finish()


def test_the_verbs_of_review_stand_in_one_line(tab):
    tab.goto("/sites/finished/review")
    tops = {
        round(box.bounding_box()["y"] + box.bounding_box()["height"] / 2)
        for box in tab.locator(".bar2 :is(button.yes, summary, .btn)").all()
    }
    assert tab.locator(".bar2").bounding_box()["height"] < 75 and max(tops) - min(tops) <= 2


@pytest.mark.parametrize(
    ("path", "cell"), [("/admin", "td.grow"), ("/sites/rtl/keywords", "td.grow")]
)
def test_a_name_that_reads_from_the_right_begins_at_the_left_edge_of_its_column(tab, path, cell):
    tab.goto(path)
    found = [
        row.evaluate(LEFT_EDGES) for row in tab.locator(cell).all() if row.inner_text().strip()
    ]
    assert found and all(text - edge < 20 for text, edge in found)


def test_the_workers_stand_one_below_the_other_on_a_phone(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto("/workers")
    box = tab.get_by_role("region", name="Workers")
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    lefts = {round(cell.bounding_box()["x"]) for cell in box.locator("tbody td").all()}
    assert len(lefts) == 1


def worker_slots(moving, count: int) -> None:
    """Let the only worker take so many items at once: with 0 it is as good as gone."""
    with moving.work(), write_transaction() as tx:
        tx.execute(update(Worker).values(slots=count))


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
@pytest.mark.parametrize("words", [scenes.ENGLISH, ()])
def test_the_last_worker_that_goes_pushes_nothing_on_a_page_without_a_run(
    chromium, moving, width, words
):
    slug = f"idle{width}{len(words)}"
    moving.plant(slug, words=words)
    with visitor(chromium, moving) as tab:
        tab.set_viewport_size({"width": width, "height": HIGH})
        tab.goto(f"/sites/{slug}/automation")
        painted(tab)
        tab.evaluate(SHIFTS)
        try:
            worker_slots(moving, 0)
            poll(tab)
        finally:
            worker_slots(moving, 1)
        expect(tab.locator("#notice-no_worker")).to_be_visible()
        painted(tab)
        assert tab.evaluate("shifted") == []
    moving.finish()
