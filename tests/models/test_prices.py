"""Prices: of the site first, then free for local servers, then the vendor's list, then a guess."""

import pytest

from igny8.models.price import LOCAL_RATE, UNKNOWN_MODEL_RATE, PriceTable, Rate
from igny8.models.vendor_prices import find_vendor_rate
from igny8.providers.base import Usage

OPENAI = "https://api.openai.com/v1"
EMPTY = PriceTable(())
KNOWN = (250_000, 2_000_000)  # gpt-5-mini, per million tokens in and out


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-5-mini", OPENAI),
        ("gpt-5-mini", ""),
        ("gpt-5-mini-2025-08-07", OPENAI),
        ("gpt-5-mini@2025-08-07", OPENAI),
        ("openai/gpt-5-mini", ""),
        ("openai/gpt-5-mini", "https://openrouter.ai/api/v1"),
        ("openai/gpt-5-mini:beta", "https://openrouter.ai/api/v1"),
        ("azure/gpt-5-mini", ""),
        ("GPT-5-mini", OPENAI),
    ],
)
def test_vendor_prefixes_and_dates_find_the_list_price(model, base_url):
    found = find_vendor_rate(model, base_url)
    assert (found.tokens_in, found.tokens_out) == KNOWN


@pytest.mark.parametrize(
    "model",
    [
        "claude-sonnet-4-5-20250929",
        "anthropic/claude-sonnet-4.5",
        "models/gemini-2.5-flash",
        "deepseek-chat",
        "grok-4",
        "mistral-medium-latest",
        "gpt-4o",
    ],
)
def test_models_of_every_vendor_have_a_list_price(model):
    found = find_vendor_rate(model)
    assert found.tokens_out > found.tokens_in > 0


def test_unknown_model_price_is_a_named_estimate():
    assert EMPTY.rate("my-own-model", OPENAI) == UNKNOWN_MODEL_RATE
    assert UNKNOWN_MODEL_RATE.source == ""


@pytest.mark.parametrize(
    "base_url",
    [
        "http://localhost:11434/v1",
        "http://127.0.0.1:8080/v1",
        "http://192.168.1.20:8000/v1",
        "http://gpu.lan:8000/v1",
        "http://ollama:11434/v1",
        "http://[::1]:8000/v1",
    ],
)
def test_local_server_is_free_unless_the_site_sets_a_price(base_url):
    assert EMPTY.rate("gpt-5-mini", base_url) == LOCAL_RATE
    site = PriceTable((Rate("gpt-5*", 1_000_000, 1_000_000, 0),))
    assert site.cost("gpt-5-mini", Usage(1_000, 1_000), base_url).money == 2_000


def test_site_price_overrides_the_list_price():
    site = PriceTable((Rate("gpt-5-mini", 1_000_000, 3_000_000, 0), Rate("gpt*", 0, 0, 0)))
    for model in ("gpt-5-mini", "openai/gpt-5-mini", "gpt-5-mini-2025-08-07"):
        assert site.cost(model, Usage(1_000, 1_000), OPENAI).money == 4_000


def test_image_is_charged_once_by_its_tokens():
    by_tokens = EMPTY.cost("gpt-image-1", Usage(50, 4_160, 1, 1), OPENAI).money
    assert by_tokens == -(-(50 * 5_000_000 + 4_160 * 40_000_000) // 1_000_000)
    assert EMPTY.cost("gpt-image-1", Usage(0, 0, 1, 1), OPENAI).money == UNKNOWN_MODEL_RATE.image


def test_free_server_costs_nothing():
    assert EMPTY.cost("meta-llama/llama-3.3:free", Usage(9_000, 9_000), OPENAI).money == 0
