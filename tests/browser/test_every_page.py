"""Every page in every state: nothing keeps people out, nothing is wider than the screen, nothing complains."""

import pytest

from tests.browser import axe, scenes
from tests.browser.conftest import visitor

WIDTHS = (3840, 1280, 1024, 768, 390, 320)
PAGES = list(scenes.PAGES)
FOR_AXE = [
    name for name in PAGES if name.split()[-1] not in ("rtl", "long") or name.startswith("text")
]
OF_LAYOUT = (
    "target-size",
    "scrollable-region-focusable",
)  # what axe asks of the width; all else is as it was
COMPLAINT_404 = "Failed to load resource: the server responded with a status of 404 (NOT FOUND)"
UNFOLD = "which => document.querySelectorAll(which).forEach(details => { details.open = true })"
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > wide) out.push(`page ${document.documentElement.scrollWidth} > ${wide}`);
  for (const e of document.querySelectorAll("main *, header *")) {
    const box = e.getBoundingClientRect();
    if (!box.width || box.right <= wide + 1 && box.left >= -1) continue;
    if (e.matches("details[open] .drop") || !e.closest(".tablebox, pre, table, nav, .unseen, svg, [hidden]"))
      out.push(`${e.tagName}.${e.className} ${box.left}..${box.right} of ${wide}: ${e.textContent.slice(0, 40)}`);
  }
  const lists = [...document.querySelectorAll("#live-two ul:not(.came)")].filter(list => list.offsetParent);
  const rows = lists.map(list => [...list.children].map(row => row.getBoundingClientRect().top));
  if (rows.some(tops => new Set(tops).size < tops.length)) out.push("rows of a list lie on each other");
  return out;
}"""

BROKEN_WORDS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), broken = [];
  while (texts.nextNode()) {
    const text = texts.currentNode, where = text.parentElement;
    if (!where.checkVisibility() || where.closest(".unseen, svg, select, pre, textarea, .doc")) continue;
    for (const word of text.data.matchAll(/(?<![\\p{L}\\p{N}])[\\p{L}\\p{N}]{2,22}(?![\\p{L}\\p{N}])/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top / 4))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""
NARROW = 390  # px and less: words that break are looked for here
SITES_OF_USUAL_WORDS = ("finished", "failed", "running", "blocked", "idle")


@pytest.fixture(scope="module")
def open_page(chromium, static_scene):
    """Return a function that opens a page by name and returns the tab; its console must stay empty."""
    addresses = scenes.pages(static_scene)
    with visitor(chromium, static_scene) as tab:

        def open_page(name: str, width: int = 1280):
            tab.emulate_media(color_scheme="light", reduced_motion="reduce")
            tab.set_viewport_size({"width": width, "height": 900})
            missing = name.startswith("no such")
            assert tab.goto(addresses[name]).status == (404 if missing else 200)
            assert tab.complaints == ([COMPLAINT_404] if missing else [])
            tab.complaints.clear()
            return tab

        yield open_page


@pytest.mark.parametrize("name", FOR_AXE)
def test_pages_pass_axe_in_both_themes_and_on_a_phone(open_page, name):
    tab = open_page(name)
    assert axe.faults(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert axe.faults(tab, "color-contrast", "link-in-text-block") == []
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.evaluate(UNFOLD, "details.more")
    assert axe.faults(tab, *OF_LAYOUT) == []


@pytest.mark.parametrize("name", ["automation running", "review finished"])
def test_open_menu_passes_axe(open_page, name):
    tab = open_page(name, width=390)
    for summary in tab.locator("details:is(.menu, .pop) > summary").all():
        summary.click()
        assert axe.faults(tab) == []
        tab.keyboard.press("Escape")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_screen(open_page, name):
    tab = open_page(name)
    tab.evaluate(UNFOLD, "details")
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate(OVERFLOW) == [], f"at {width} px"
        if width <= NARROW and name.split()[-1] in SITES_OF_USUAL_WORDS:
            assert tab.evaluate(BROKEN_WORDS) == [], f"words that break at {width} px"


def test_bar_of_a_phone_leads_to_every_page_of_a_site(open_page):
    tab = open_page("review finished", width=390)
    bar = tab.get_by_role("navigation", name="Main pages")
    assert bar.get_by_role("link").all_inner_texts() == [
        "▶\nAutomation",
        "≡\nArticles",
        "✓\nReview 8",
    ]
    bar.get_by_text("More").click()
    others = ["Keywords", "Clusters", "Site pages", "Ideas", "Runs", "Settings"]
    assert bar.locator(".drop a").all_inner_texts() == others
    bar.locator(".shade").click()  # a tap beside the menu closes it
    tab.get_by_role("button", name="Queue: 1 of 8").click()
    assert tab.locator("#queue > a").count() == 8
