"""A real product and a real browser: `igny8 serve` on a free port, Chromium, and a fresh visitor."""

import os
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.product import Product
from tests.conftest import CHROMIUM

expect.set_options(timeout=20_000)  # as long as a tab waits: a busy machine is no fault of a page


def pytest_collection_modifyitems(items):
    """Skip the browser tests without a browser, except in CI, where that is a failure."""
    if CHROMIUM or os.environ.get("CI") == "true":
        return
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture
def product(tmp_path):
    """Return a newly started product without users."""
    installation = Product(tmp_path / "var")
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture(scope="session")
def static_scene(tmp_path_factory):
    """Return an installation with a site in every state; tests must not change it."""
    built = scenes.in_every_state(tmp_path_factory.mktemp("still"))
    yield built
    built.close()


@pytest.fixture(scope="session")
def working_scene(tmp_path_factory):
    """Return an installation whose items the test processes step by step."""
    built = scenes.Scene(tmp_path_factory.mktemp("working_scene"))
    yield built
    built.close()


@contextmanager
def visitor(browser, place, signed_in: bool = True, **options):
    """Open a tab of a new visitor of a product or a scene, signed in or not; at the end, nothing may stand in its
    console.
    """
    context = browser.new_context(
        base_url=place.address, viewport={"width": 1280, "height": 900}, **options
    )
    if signed_in:
        context.add_cookies(place.cookies())
    tab = context.new_page()
    tab.complaints = []
    tab.on(
        "console", lambda said: tab.complaints.append(said.text) if said.type == "error" else None
    )
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.set_default_timeout(20_000)
    yield tab
    complaints = list(tab.complaints)
    context.close()
    assert complaints == []


@pytest.fixture
def newcomer(chromium, product):
    """Return a tab that has just opened the link that the console shows at the first start."""
    with visitor(chromium, product, signed_in=False) as opened:
        opened.goto(product.link)
        yield opened


@pytest.fixture
def tab(chromium, product):
    """Return a tab of a visitor of the product who is signed in."""
    with visitor(chromium, product) as opened:
        yield opened
