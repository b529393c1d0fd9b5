"""One started product a module, on each database; attacks come from outside."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.conftest import DATABASES, PostgresDatabase
from tests.providers.openai_compatible.server import model_server
from tests.security.outside import Stronghold, Visitor


@contextmanager
def started(folder, **environ):
    """Lend a product in a folder, and stop it."""
    product = Stronghold(folder, **environ)
    product.start()
    try:
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="module", params=DATABASES)
def product(request, tmp_path_factory):
    """Return a started product with nothing in it, on SQLite and on PostgreSQL."""
    environ = {}
    if request.param == "postgresql":
        environ["DATABASE_URL"] = PostgresDatabase(request.getfixturevalue("postgres")).url
    with started(tmp_path_factory.mktemp("stronghold") / "var", **environ) as found:
        yield found


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Return a started product on SQLite, for what no database decides."""
    with started(tmp_path_factory.mktemp("stronghold") / "var") as found:
        yield found


@pytest.fixture
def visitor(product):
    return Visitor(product.address)


@pytest.fixture
def guest(here):
    return Visitor(here.address)


@pytest.fixture(scope="module")
def model():
    """Return a scripted model server."""
    with model_server() as server:
        yield server


@pytest.fixture(scope="session")
def chromium():
    """Return a running browser."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
