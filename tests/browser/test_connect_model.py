"""From the settings to a model in every stage: at most five clicks, on three kinds of servers."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import visitor
from tests.browser.product import Product
from tests.providers.openai_compatible.server import Say, chat, model_server
from tests.providers.openai_compatible.test_server_embeddings import embeddings

MAX_CLICKS = 5
HOSTED = ("gpt-5-mini", "gpt-5", "gpt-image-1", "text-embedding-3-small", "whisper-1")
SERVERS = {
    "OpenAI": ("Key of OpenAI", HOSTED),
    "Ollama": ("Address of Ollama", ("qwen3:8b", "llama3.2:3b")),
    "LM Studio": ("Address of LM Studio", ("qwen3-8b",)),
}


@pytest.fixture
def installation(tmp_path):
    """Return a product that may ask servers of this machine."""
    product = Product(tmp_path / "var", IGNY8_OUTBOUND_ALLOW="127.0.0.1")
    product.start(command="web")
    yield product
    product.stop()


def answer(models):
    """Return a script that lists these models, compares texts and answers every chat."""

    def script(request: dict) -> Say:
        if request["path"].endswith("/models"):
            return Say({"data": [{"id": name} for name in models]})
        return embeddings(request) if "input" in request else chat('{"word": "hi"}')

    return script


@pytest.mark.parametrize("vendor", SERVERS)
def test_model_is_used_for_everything_after_five_clicks(chromium, installation, vendor):
    label, models = SERVERS[vendor]
    clicks = []
    with model_server() as server, visitor(chromium, installation) as tab:
        server.will(answer(models))
        tab.goto("/")
        tab.get_by_label("Name").fill("Green Garden")
        tab.get_by_role("button", name="Next: keywords").click()
        tab.expose_function("clicked", lambda: clicks.append(tab.url))
        tab.add_init_script("addEventListener('mousedown', () => clicked(), true)")
        tab.goto("/sites/green-garden/settings/models")
        tab.get_by_role("link", name="Connect a model").click()
        tab.get_by_role("link", name=vendor, exact=True).click()
        if label.startswith("Key"):  # the vendor's own address, served by this machine
            tab.locator("[name=base_url]").evaluate("(box, url) => { box.value = url }", server.url)
            tab.get_by_label(label).fill("sk-very-secret-key-0123456789")
        else:
            tab.get_by_label(label).fill(server.url)
        tab.locator("form .primary").click()
        text_model = tab.get_by_label("Text model")
        if not text_model.input_value():
            text_model.click()
            text_model.select_option(models[0])
        tab.get_by_role("button", name="Use for everything").click()
        expect(tab.get_by_text("is used for everything from the next run on")).to_be_visible()
    assert 0 < len(clicks) <= MAX_CLICKS, clicks
