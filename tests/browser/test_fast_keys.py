"""Work by keys: none is lost between two pages, the focus stays, and the palette leads everywhere."""

from playwright.sync_api import expect

from igny8.models import Content
from tests.browser.conftest import visitor
from tests.browser.polling import Held


def test_keys_typed_while_the_next_article_loads_apply_to_it(chromium, working_scene):
    site_id = working_scene.create_site("fast")
    working_scene.begin(site_id)
    working_scene.finish()
    with visitor(chromium, working_scene) as tab:
        tab.goto("/sites/fast/review")
        waiting = int(tab.locator(".sub").inner_text().split()[0])
        held = Held(tab, "**/approve")
        with tab.expect_request("**/approve"):  # a page that is being left runs no scripts
            tab.keyboard.press("a")
        tab.keyboard.press("a")
        held.release()
        expect(tab.locator(".sub")).to_contain_text(f"{waiting - 2} articles are waiting")
        assert tab.evaluate("document.activeElement.dataset.key ?? 'a'") == "a"
        tab.keyboard.press("z")
        expect(tab.locator(".sub")).to_contain_text(f"{waiting - 1} articles are waiting")
    assert working_scene.first(Content, "fast", status="approved")


def test_palette_and_shortcut_list_work_by_keyboard(chromium, static_scene):
    with visitor(chromium, static_scene) as tab:
        tab.goto("/sites/finished/review")
        tab.keyboard.press("?")
        expect(tab.get_by_role("dialog", name="Keys of this page")).to_contain_text("Approve")
        tab.keyboard.press("Escape")
        tab.keyboard.press("Control+k")
        tab.get_by_role("combobox").fill("lavender")
        expect(tab.get_by_role("option").first).to_contain_text("avender")
        tab.get_by_role("combobox").fill("runs")
        expect(tab.get_by_role("option").first).to_have_text("Runs page")
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("heading", name="Runs")).to_be_visible()
