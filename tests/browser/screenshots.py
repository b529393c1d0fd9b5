"""Take the pictures of README and user guide: `make screenshots`. A real product, a real run.

With `--all` every page in every state is taken instead, to be looked at: light, dark, as wide as a phone, and at
320 and 2560 px.
"""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import scenes
from tests.browser.product import Product
from tests.browser.test_main_job import arrive, shown_percent
from tests.conftest import CHROMIUM, FLAGS
from tests.waiting import until

SITE = "/sites/green-garden"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 2560, "height": 1200}
LOOKS = {
    "light": ("light", DESK),
    "dark": ("dark", DESK),
    "phone": ("light", PHONE),
    "narrow": ("dark", NARROW),
    "wide": ("light", WIDE),
}


def main(target: Path, everything: bool) -> None:
    """Write the pictures into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    (_every_state if everything else _guide)(target)


@contextmanager
def _tab(place):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=place.address, viewport=DESK)
        context.add_cookies(place.cookies())
        yield context.new_page()
        browser.close()


def _every_state(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        built = scenes.in_every_state(Path(folder))
        try:
            with _tab(built) as tab:
                _take_all(tab, scenes.pages(built), target)
                built.lose_worker()
                _take_all(tab, {"automation no worker": "/sites/running/automation"}, target)
        finally:
            built.close()


def _take_all(tab, pages: dict[str, str], target: Path) -> None:
    for name, address in pages.items():
        tab.goto(address)
        for look, (theme, size) in LOOKS.items():
            tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            tab.set_viewport_size(size)
            tab.screenshot(path=target / f"{name.replace(' ', '-')}-{look}.png", full_page=True)


def _guide(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder) / "var")
        product.start()
        try:
            with _tab(product) as tab:
                _walk(tab, target)
        finally:
            product.stop()


def _walk(tab, target: Path) -> None:
    def take(name: str) -> None:
        tab.screenshot(path=target / f"{name}.png", full_page=name != "review")

    tab.goto("/")
    take("welcome")
    arrive(tab, sample=True)
    take("automation-idle")
    tab.get_by_role("button", name="Run now").click()
    until(lambda: shown_percent(tab) >= 35, 120, "a third")
    take("automation-running")
    until(lambda: shown_percent(tab) == 100, 180, "the end")
    tab.goto(f"{SITE}/review")
    take("review")
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{SITE}/automation")
    take("automation-dark")
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size(PHONE)
    tab.reload()
    take("automation-phone")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--all" in sys.argv)
