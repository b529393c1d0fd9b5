"""A click is answered by the page itself, before the server says anything; then the server's truth counts."""

import itertools

import pytest
from playwright.sync_api import expect

from igny8.extensions import write_transaction
from igny8.models import Membership, Site
from tests import browser_client
from tests.browser.conftest import visitor
from tests.browser.polling import Held, poll, wait_for_paint
from tests.factories import make_user

names = (f"click{number}" for number in itertools.count(1))
RUN = "**/automation/run"
SHIFT_SUM = """() => {
  window.shift = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({type: "layout-shift", buffered: false});
}"""


@pytest.fixture
def tab(chromium, working_scene):
    """Return the page of a fresh site whose keywords wait."""
    slug = next(names)
    working_scene.create_site(slug)
    with visitor(chromium, working_scene) as opened:
        opened.goto(f"/sites/{slug}/automation")
        opened.slug = slug
        yield opened
    working_scene.finish()


def press_run(tab) -> None:
    tab.get_by_role("button", name="Run now").click()


def test_bar_is_shown_before_the_response(tab):
    held = Held(tab, RUN)
    press_run(tab)
    wait_for_paint(tab)
    expect(tab.get_by_role("progressbar", name="Overall progress")).to_have_attribute(
        "aria-valuenow", "0"
    )
    expect(tab.locator("#run-card .pct").first).to_have_text("0%")
    expect(tab.locator("#run-card")).to_contain_text("Starting…")
    assert held.arrived() == 1
    held.release()
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()


def test_broken_connection_undoes_the_start_with_a_reason(tab):
    held = Held(tab, RUN)
    press_run(tab)
    expect(tab.locator("#run-card")).to_contain_text("Starting…")
    held.cut()
    expect(tab.get_by_role("alert")).to_contain_text("Not done: the server cannot be reached")
    expect(tab.get_by_text("Ready to run")).to_be_visible()
    expect(tab.get_by_role("button", name="Run now")).to_be_enabled()
    tab.complaints.clear()


def test_unsent_pause_is_sent_when_the_server_answers_again(working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    held = Held(tab, "**/automation/pause")
    tab.get_by_role("button", name="Pause").click()
    held.cut()
    expect(tab.get_by_role("alert")).to_contain_text("It is sent again as soon as it answers.")
    poll(tab)
    expect(tab.locator(".state")).to_have_text("Paused")
    expect(tab.get_by_role("alert")).to_have_count(0)
    working_scene.resume(tab.slug)
    tab.complaints.clear()


@pytest.mark.parametrize("width", [1280, 390])
def test_response_to_run_now_hardly_shifts_the_layout(chromium, working_scene, width):
    slug = f"start{width}"
    working_scene.create_site(slug)
    with visitor(chromium, working_scene) as opened:
        opened.set_viewport_size({"width": width, "height": 900})
        opened.goto(f"/sites/{slug}/automation")
        held = Held(opened, RUN)
        press_run(opened)
        held.arrived()
        wait_for_paint(opened)
        opened.evaluate(SHIFT_SUM)
        held.release()
        expect(opened.get_by_role("button", name="Pause")).to_be_visible()
        wait_for_paint(opened)
        assert opened.evaluate("shift") <= 0.02
    working_scene.finish()


def test_server_error_undoes_the_start_with_a_reason(tab):
    held = Held(tab, RUN)
    press_run(tab)
    held.arrived()
    held.release(status=500, headers={"X-IGNY8": "1"}, body="broken")
    expect(tab.get_by_role("alert")).to_contain_text("error 500")
    expect(tab.get_by_text("Ready to run")).to_be_visible()
    tab.complaints.clear()


def test_refusal_is_shown_with_a_remedy(working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    held = Held(tab, "**/automation/live*")
    working_scene.finish()
    tab.get_by_role("button", name="Pause").click()
    expect(tab.get_by_role("alert")).to_contain_text("has ended already. Start another one.")
    assert held.count <= 1
    held.release()


def test_start_without_permission_is_explained(working_scene, tab):
    with working_scene.app.app_context():
        user_id = make_user(f"editor of {tab.slug}", **{tab.slug: "editor"})
    name, value = browser_client.cookie(working_scene.app, f"editor of {tab.slug}")
    tab.context.add_cookies([{"name": name, "value": value, "url": working_scene.address}])
    tab.reload()
    with working_scene.app.app_context(), write_transaction() as tx:
        Membership.set_role(tx, user_id, Site.find(tab.slug, tx).id, "viewer")
    press_run(tab)
    expect(tab.get_by_role("alert")).to_contain_text(
        "Not done. Your account is not allowed to do this: it requires the role editor or"
    )
    tab.complaints.clear()


def test_double_click_starts_one_run(working_scene, tab):
    held = Held(tab, RUN)
    tab.get_by_role("button", name="Run now").dblclick()
    wait_for_paint(tab)
    assert held.arrived() == 1
    held.release()
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    assert working_scene.run_of(tab.slug).number == 1


def test_only_failed_items_are_retried(working_scene, tab):
    working_scene.provider.refuses_images = True
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    working_scene.finish()
    poll(tab)
    working_scene.provider.refuses_images = False
    failed = sum(working_scene.counted(working_scene.run_of(tab.slug).id, "failed"))
    assert failed
    tab.get_by_role("button", name=f"Retry {failed} failed").click()
    expect(tab.locator("#run-card")).to_contain_text("retry of #1")
    working_scene.finish()
    poll(tab)
    expect(tab.locator(".state")).to_have_text("Completed")
    assert working_scene.counted(working_scene.run_of(tab.slug).id, "done")[5] == failed


def test_two_pages_show_the_same_version(chromium, working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    with visitor(chromium, working_scene) as other:
        other.goto(f"/sites/{tab.slug}/automation")
        while working_scene.step():
            working_scene.step()
            poll(tab)
            poll(other)
            assert (
                tab.locator("#run-card").inner_text(),
                tab.locator("#live-stages").inner_text(),
            ) == (
                other.locator("#run-card").inner_text(),
                other.locator("#live-stages").inner_text(),
            )


def test_two_browsers_pause_and_resume_the_run(chromium, working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    working_scene.step()
    with visitor(chromium, working_scene) as other:
        other.goto(f"/sites/{tab.slug}/automation")
        tab.get_by_role("button", name="Pause").click()
        expect(tab.locator("#notice-paused")).to_be_visible()
        poll(other)
        expect(other.locator(".state")).to_have_text("Paused")
        assert not working_scene.step()
        other.get_by_role("button", name="Resume").click()
        expect(other.get_by_role("button", name="Pause")).to_be_visible()
        assert working_scene.step()
        poll(tab)
        expect(tab.locator("#notice-paused")).to_have_count(0)


def test_pausing_names_the_items_finished_first(working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    working_scene.until_stage(tab.slug, 4)
    held = working_scene.hold_claim()
    tab.get_by_role("button", name="Pause").click()
    expect(tab.locator("#notice-pausing")).to_contain_text("Pausing: finishing “")
    working_scene.carry_out(held)
    poll(tab)
    expect(tab.locator("#notice-paused")).to_be_visible()
    working_scene.resume(tab.slug)


def test_reload_keeps_the_bar_and_cancel_keeps_results(working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    working_scene.until_stage(tab.slug, 4)
    poll(tab)
    before = tab.locator("#live").get_attribute("data-percent")
    tab.reload()
    assert tab.locator("#live").get_attribute("data-percent") == before != "0"
    tab.locator("#pop-cancel summary").click()
    tab.get_by_role("button", name="Stop the run").click()
    expect(tab.locator(".state")).to_have_text(f"Stopped at {before} %")
    assert working_scene.counted(working_scene.run_of(tab.slug).id, "done")[0] == 8


def test_ended_run_is_shown_until_it_is_dismissed(working_scene, tab):
    press_run(tab)
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    working_scene.finish()
    poll(tab)
    expect(tab.get_by_text("Results")).to_be_visible()
    tab.reload()
    tab.get_by_role("button", name="Dismiss").click()
    for _ in range(2):
        expect(tab.locator("#step-card .what")).to_contain_text("briefs are ready.")
        expect(tab.get_by_role("link", name="Review 8 →")).to_be_visible()
        expect(tab.get_by_text("Nothing is waiting")).to_have_count(0)
        tab.reload()
