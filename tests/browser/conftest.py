"""A real product and a real browser: `igny8 serve` on a free port, Chromium, and a fresh visitor."""

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from tests.waiting import until

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]


def pytest_collection_modifyitems(items):
    """Leave the browser tests out where there is no browser, except in CI, where that is a failure."""
    if CHROMIUM or os.environ.get("CI") == "true":
        return
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


class Product:
    """One installation in a folder, served by a process of its own."""

    def __init__(self, folder):
        self.folder, self.process, self.address = folder, None, None

    def start(self, port: int = 0) -> str:
        """Start the server and return its address."""
        environ = {**os.environ, "IGNY8_DATA_DIR": str(self.folder)}
        self.process = subprocess.Popen([sys.executable, "-m", "igny8.cli", "serve", "--port", str(port)],
                                        env=environ, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert "IGNY8 is ready: " in line, line
        self.address = line.split("IGNY8 is ready: ")[1].strip().rstrip("/")
        until(lambda: self._answers(), 20, "the first answer")
        return self.address

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> str:
        """End the server as Ctrl-C does; return what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=40)[0]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


@pytest.fixture
def product(tmp_path):
    """Return a product that nobody has visited yet."""
    installation = Product(tmp_path / "var")
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture(scope="session")
def chromium():
    """Return a running browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visitor(browser, address: str, **options):
    """Open a tab of a new visitor; at the end, nothing may stand in its console."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, **options)
    tab = context.new_page()
    tab.complaints = []
    tab.on("console", lambda said: tab.complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.set_default_timeout(20_000)
    yield tab
    complaints = list(tab.complaints)
    context.close()
    assert complaints == []


@pytest.fixture
def tab(chromium, product):
    """Return a tab of a visitor of the product."""
    with visitor(chromium, product.address) as opened:
        yield opened
