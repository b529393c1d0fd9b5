"""The main job by keyboard alone: the focus is always visible, never trapped, never lost to a refresh."""

from playwright.sync_api import expect

FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const name = e.tagName === "BODY" ? "" : e.ariaLabel || e.labels?.[0]?.textContent || e.textContent || e.name || "";
  return {name: name.trim(),
          tag: e.tagName, seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
          ring: e.tagName === "BODY" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""
MOST_STEPS = 60


def reach(tab, name: str) -> None:
    """Press Tab until what bears this name has the focus; every step on the way is seen."""
    tab.wait_for_load_state()  # before its stylesheet a page has no rings
    for _ in range(MOST_STEPS):
        tab.keyboard.press("Tab")
        focus = tab.evaluate(FOCUS)
        assert focus["ring"], f"no ring around {focus}"
        assert focus["seen"] or focus["tag"] == "BODY", f"out of sight: {focus}"
        if name in focus["name"]:
            return
    raise AssertionError(f"{name} was not reached by {MOST_STEPS} steps")


def press(tab, name: str, key: str = "Enter") -> None:
    reach(tab, name)
    tab.keyboard.press(key)


def test_new_user_reaches_an_approved_article_by_keyboard(newcomer):
    tab = newcomer
    reach(tab, "New password")
    tab.keyboard.type("green wheelbarrow tuesday")
    press(tab, "Create account")
    expect(tab.get_by_label("Language")).to_be_visible()
    reach(tab, "Name")
    tab.keyboard.type("Green Garden")
    reach(tab, "Language")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    press(tab, "Next: keywords")
    expect(tab.get_by_role("heading", name="Import keywords")).to_be_visible()
    reach(tab, "Or paste keywords")
    tab.keyboard.type(
        "how to prune roses\nbest roses for pots\nrose fertilizer\ngrow basil indoors"
    )
    press(tab, "Check keywords")
    expect(tab.get_by_role("button", name="Import 4 keywords")).to_be_visible()
    press(tab, "Import 4 keywords")
    expect(tab.get_by_role("button", name="Run now")).to_be_visible()
    press(tab, "Run now", "Space")
    expect(tab.locator(".state")).to_have_text("Completed", timeout=60_000)
    assert tab.evaluate(FOCUS)["name"] == "Automation"
    press(tab, "Review")
    expect(tab.get_by_role("button", name="Approve")).to_be_visible()
    press(tab, "Request changes")
    assert tab.evaluate("document.activeElement.closest('details').open")
    tab.keyboard.press("Escape")
    assert tab.evaluate(FOCUS)["name"].startswith("Request changes")
    tab.keyboard.press("a")
    expect(tab.get_by_text("Approved", exact=False).first).to_be_visible()


def test_skip_link_comes_first_on_every_page(tab):
    tab.goto("/")
    tab.keyboard.press("Tab")
    assert tab.evaluate(FOCUS)["name"] == "Skip to content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
