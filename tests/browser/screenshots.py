"""Take the pictures of README and user guide: `make screenshots`. A real product, a real run.

With `--all` every page is taken, to be looked at; the guide needs only some.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.product import Product
from tests.browser.test_main_job import arrive, shown_percent
from tests.waiting import until

SITE = "/sites/green-garden"
GUIDE = {"welcome", "automation-idle", "automation-running", "automation-dark", "automation-phone", "review"}
PAGES = ("keywords", "clusters", "ideas", "content", "review", "runs", "settings")


def main(target: Path, everything: bool) -> None:
    """Write the pictures into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        product = Product(Path(folder) / "var")
        product.start()
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            tab = browser.new_page(base_url=product.address, viewport={"width": 1280, "height": 860})
            _walk(tab, target, everything)
        finally:
            browser.close()
            product.stop()


def _walk(tab, target: Path, everything: bool) -> None:
    def take(name: str, whole: bool = True) -> None:
        if everything or name in GUIDE:
            tab.screenshot(path=target / f"{name}.png", full_page=whole)

    tab.goto("/")
    take("welcome")
    arrive(tab, sample=True)
    take("automation-idle")
    tab.get_by_role("button", name="Run now").click()
    until(lambda: shown_percent(tab) >= 35, 120, "a third")
    take("automation-running")
    tab.get_by_role("button", name="Pause").click()
    tab.locator("#notice-paused").wait_for(timeout=60_000)
    take("automation-paused")
    tab.get_by_role("button", name="Resume").click()
    until(lambda: shown_percent(tab) == 100, 180, "the end")
    take("automation-ended")
    tab.goto("/")
    take("sites")
    for page in PAGES:
        tab.goto(f"{SITE}/{page}")
        take(page, whole=page == "settings")
    for page in ("clusters", "ideas", "content", "runs"):
        tab.goto(f"{SITE}/{page}")
        tab.locator("tbody a").first.click()
        take(f"{page.removesuffix('s')}-one")
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{SITE}/automation")
    take("automation-dark")
    tab.goto(f"{SITE}/review")
    take("review-dark")
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": 390, "height": 844})
    for page in ("automation", "review", "keywords", "settings"):
        tab.goto(f"{SITE}/{page}")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page} is wider than a phone"
        take(f"{page}-phone", whole=page != "review")
    tab.goto(f"{SITE}/nothing-here")
    take("not-found-phone", whole=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--all" in sys.argv)
