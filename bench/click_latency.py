"""From the click on “Run now” to the painted bar, in a real browser whose server does not answer.

The floor is a click that changes nothing: two frames of the same browser on the same page.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.table import Row, at_most, median
from tests.browser.scenes import Scene
from tests.conftest import CHROMIUM, FLAGS

CLICK = """([selector, bar]) => new Promise(done => {
  const began = performance.now();
  document.querySelector(selector).click();
  const look = () => requestAnimationFrame(() => requestAnimationFrame(() =>
    document.querySelector(bar) ? done(performance.now() - began) : look()));
  look();
})"""
BAR = "#run-card [role=progressbar][aria-valuenow='0']"


def rows(quick: bool) -> list[Row]:
    """Return the row of the click."""
    if CHROMIUM is None:
        raise RuntimeError("chromium is not installed")
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder, sync_playwright() as driver:
        scene = Scene(Path(folder))
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            scene.create_site("green")
            visit = browser.new_context(base_url=scene.address)
            visit.add_cookies(scene.cookies())
            tab = visit.new_page()
            tab.route("**/automation/run", lambda route: None)
            measured = [_measure(tab) for _ in range(3 if quick else 15)]
        finally:
            browser.close()
            scene.close()
    ours, floor = (median(list(values)) for values in zip(*measured, strict=True))
    return [at_most("click", "Run now → bar painted, server silent", ours, 100, "ms", floor)]


def _measure(tab) -> tuple[float, float]:
    tab.goto("/sites/green/automation")
    floor = tab.evaluate(CLICK, ["#live-head h1", "#live"])
    return tab.evaluate(CLICK, ["#form-run button", BAR]), floor
