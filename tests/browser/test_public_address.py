"""The product on a path of a host, behind a real nginx with TLS, as docs/deploy/nginx-path.conf says."""

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.polling import POLL
from tests.browser.product import Product
from tests.conftest import CHROMIUM, FLAGS
from tests.servers import Nginx, find_program, free_port, running

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
HOST = "tools.example.org"
PASSWORD = "a long sentence of seven words, really"
needs_nginx = pytest.mark.skipif(not find_program("nginx"), reason="nginx is not installed")


class PublicProduct(Product):
    """A product that is reached by its public address, and checked on its port."""

    port = 0

    def _answers(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
            return answer.status == 200


@pytest.fixture
def nginx():
    """Return a running nginx before a port that nobody listens on yet."""
    with running(Nginx((DEPLOY / "nginx-path.conf").read_text(), free_port())) as server:
        yield server


@pytest.fixture
def product(tmp_path, nginx):
    """Return a product that knows its public address."""
    address = f"https://{HOST}:{nginx.port}/igny8"
    found = PublicProduct(tmp_path / "var", IGNY8_PUBLIC_URL=address, IGNY8_PROXY_HOPS="1")
    found.port = nginx.backend_port
    found.start(found.port)
    yield found
    found.stop()


@pytest.fixture
def tab(chromium, product):
    """Return a tab of a browser that finds the host at this machine."""
    rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
    opened = browser.new_context(ignore_https_errors=True).new_page()
    opened.set_default_timeout(20_000)
    opened.failed, opened.paths = [], set()
    opened.on(
        "response",
        lambda answer: (
            opened.paths.add(answer.url.split("/", 3)[3]),
            opened.failed.append(answer.url) if answer.status >= 400 else None,
        ),
    )
    yield opened
    browser.close()


@needs_nginx
def test_main_job_works_on_a_path_of_a_host(product, nginx, tab):
    assert product.address == f"https://{HOST}:{nginx.port}/igny8"
    assert product.link.startswith(f"{product.address}/setup?token=")
    tab.goto(product.link)
    tab.get_by_label("New password").fill(PASSWORD)
    tab.get_by_role("button", name="Create account").click()
    tab.get_by_label("Name", exact=True).fill("On a path")
    tab.get_by_role("button", name="Next: keywords").click()
    tab.get_by_label("Or paste keywords").fill("garden shed\ngarden pond")
    tab.get_by_role("button", name="Check keywords").click()
    tab.get_by_role("button", name="Import 2 keywords").click()
    tab.goto(f"{product.address}/sites/on-a-path/automation")
    tab.get_by_role("button", name="Run now").click()
    expect(tab.get_by_text("Run #1").first).to_be_visible()
    tab.evaluate(POLL)
    tab.locator("details.me > summary").click()
    tab.get_by_role("button", name="Dark").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    cookies = {cookie["name"]: cookie for cookie in tab.context.cookies()}
    assert {(c["path"], c["secure"], c["domain"]) for c in cookies.values()} == {
        ("/igny8", True, HOST)
    }
    assert {name.split("-")[0] for name in cookies} == {"__Secure", "theme"}
    tab.locator("details.me > summary").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.goto(f"{product.address}/sites/on-a-path/keywords")
    tab.get_by_label("Name").fill("admin")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Keywords", exact=True)).to_be_visible()
    assert tab.url == f"{product.address}/sites/on-a-path/keywords"
    assert tab.failed == []
    assert {path.split("/")[0].split("?")[0] for path in tab.paths} == {"igny8"}
