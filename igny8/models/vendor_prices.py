"""List prices of vendors from the package genai-prices: offline, updated with the package."""

import importlib
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

TOKENS = 1_000  # of a usual request: vendors with tiers charge more for far longer ones
MICROS = 1_000_000
# How model servers spell vendors before a slash → the vendor's id in genai-prices.
VENDORS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "gemini": "google",
    "models": "google",
    "mistralai": "mistral",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "x-ai": "x-ai",
    "xai": "x-ai",
    "cohere": "cohere",
    "azure": "azure",
    "groq": "groq",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "moonshotai": "moonshotai",
}
DATE = re.compile(r"[-@](?:20\d{2}-?\d{2}-?\d{2}|20\d{2}|\d{4})$")
TAG = re.compile(r":(?:latest|beta|extended|thinking|nitro|floor|online|exacto)$")
FREE = ":free"  # OpenRouter's name for what it gives away
REGION = re.compile(r"^(?:us|eu|apac|global)\.(?=\w+\.)")


@dataclass(frozen=True, slots=True)
class VendorRate:
    """The list price of a model in millionths of a dollar per million input and output tokens."""

    vendor: str
    tokens_in: int
    tokens_out: int


@lru_cache(maxsize=512)
def find_vendor_rate(model: str, base_url: str = "") -> VendorRate | None:
    """Return the list price of a model at a server, or None if it is unknown.

    Prices of the address's vendor come first, then those of the vendor before a slash in the
    model's name, then those of any vendor with a model of this name. Date and tag suffixes of a
    name are removed one by one.
    """
    if model.endswith(FREE):
        return VendorRate("free", 0, 0)
    for name in model_names(model):
        for vendor, plain in _owners(name):
            found = _look_up(plain, vendor=vendor, base_url="" if vendor else base_url)
            if found is not None:
                return found
    return None


def model_names(model: str) -> list[str]:
    """Return the spellings of a model to look up its price by, the given one first."""
    name = model.strip().lower()
    names = [name, TAG.sub("", name), REGION.sub("", TAG.sub("", name))]
    names += [DATE.sub("", one) for one in names]
    names += [re.sub(r"(?<=\d)\.(?=\d)", "-", one) for one in names]
    return list(dict.fromkeys(names))


def _owners(name: str) -> list[tuple[str, str]]:
    """Return (vendor, model name) pairs: the address's own vendor as "", then that of a prefix."""
    prefix, slash, rest = name.rpartition("/")
    vendor = VENDORS.get(prefix.rpartition("/")[2]) if slash else None
    owners = [("", name)]
    if vendor:
        owners.append((vendor, rest))
    if slash:
        owners.append(("", rest))
    return owners


def _look_up(model: str, vendor: str, base_url: str) -> VendorRate | None:
    # Loaded here: the prices take a second and 1.6 MB, for which only those wait that ask for one.
    genai_prices = importlib.import_module("genai_prices")
    places = [{"provider_id": vendor}] if vendor else []
    if base_url and not vendor:
        places.append({"provider_api_url": base_url})
    if not vendor:
        places.append({})
    for place in places:
        try:
            usage = genai_prices.Usage(input_tokens=TOKENS, output_tokens=TOKENS)
            price = genai_prices.calc_price(usage, model, **place)
        except (LookupError, ValueError):
            continue
        return VendorRate(
            price.provider.id, _micros(price.input_price), _micros(price.output_price)
        )
    return None


def _micros(price: Decimal | None) -> int:
    """Return millionths per million tokens for the price of so many tokens."""
    return int((price or Decimal(0)) * MICROS * MICROS / TOKENS)
