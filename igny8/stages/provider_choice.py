"""Resolve the provider of each stage: the site's choice, else the environment, else built-in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import Connection, Row, select

from igny8.models import PriceTable, Prompt, ProviderEndpoint, RunSettings, SiteSettings
from igny8.models.price import MICROS_PER_CREDIT
from igny8.providers.base import Usage
from igny8.providers.register import IN_PROCESS, find_kind, kind_of_address

CLUSTER, WRITE, DRAW = "cluster", "write", "draw"
DEMO_SPEEDUP = 15  # a demonstration is this many times faster than a model


@dataclass(frozen=True, slots=True)
class ExpectedUsage:
    """Initial estimates for a model: seconds and usage per item."""

    seconds: float
    usage: Usage


EXPECTED_USAGE = {
    "cluster": ExpectedUsage(0.2, Usage(40, 20)),
    "ideate": ExpectedUsage(12.0, Usage(1_200, 900)),
    WRITE: ExpectedUsage(60.0, Usage(6_000, 4_000)),
    "describe": ExpectedUsage(6.0, Usage(900, 350)),
    DRAW: ExpectedUsage(20.0, Usage(images=1)),
}

# per article, beside what writing it takes: critique (a setting of a site) → usage of its request
EXPECTED_CRITIQUES = {
    "outline_critique": Usage(1_600, 700),
    "text_critique": Usage(4_500, 400),
}


def resolve_providers(
    tx: Connection,
    site_id: int,
    settings: RunSettings | None = None,
    instead: Mapping[str, dict] | None = None,
) -> RunSettings:
    """Return settings (default: the site's) with the provider of each stage resolved.

    `instead` contains choices that override those of the site: stage key → choice.

    `providers` then maps the keys of stages with a model to provider, endpoint (None is that of the
    environment), model (and `embedding`, the model that compares keywords), and the initially
    expected seconds and credits per item. The API key is not included.
    """
    settings = settings or RunSettings.load(tx, site_id)
    wanted = (
        tx.execute(select(SiteSettings.providers).where(SiteSettings.site_id == site_id)).scalar()
        or {}
    )
    wanted = {**wanted, **(instead or {})}
    chosen = {
        key: choice
        for key in EXPECTED_USAGE
        if (choice := _provider_of_stage(tx, site_id, key, wanted.get(key))) is not None
    }
    if not chosen:
        return replace(settings, providers={}, prompts={})
    prices = PriceTable.load(tx)
    return replace(
        settings,
        prompts=Prompt.fetch_changed(tx, site_id),
        providers={
            key: choice
            | {
                "seconds": EXPECTED_USAGE[key].seconds
                / (DEMO_SPEEDUP if _is_demo(choice["provider"]) else 1),
            }
            | _expected_price(tx, site_id, prices, key, choice)
            for key, choice in chosen.items()
        },
    )


def critique_prices(tx: Connection, site_id: int) -> dict[str, int]:
    """Return the price of each critique of an article in millionths; empty if no model writes."""
    choice = resolve_providers(tx, site_id).providers.get(WRITE)
    if choice is None:
        return {}
    prices, base_url = PriceTable.load(tx), _base_url(tx, site_id, choice)
    return {
        name: prices.cost(choice["model"], usage, base_url).money
        for name, usage in EXPECTED_CRITIQUES.items()
    }


def _is_demo(provider: str) -> bool:
    kind = find_kind(provider)
    return kind is not None and kind.is_demo


def _expected_price(
    tx: Connection, site_id: int, prices: PriceTable, key: str, choice: dict
) -> dict:
    """Return the initially expected credits per item, with "unpriced" for an unknown price."""
    base_url = _base_url(tx, site_id, choice)
    cost = prices.cost(choice["model"], EXPECTED_USAGE[key].usage, base_url)
    is_priced = bool(prices.rate(choice["model"], base_url).source)
    return {"credits": cost.money / MICROS_PER_CREDIT} | ({} if is_priced else {"unpriced": True})


def _base_url(tx: Connection, site_id: int, choice: dict) -> str:
    """Return the server address of a stage's provider, empty for none."""
    kind = find_kind(choice["provider"])
    if kind is None or not kind.has_server:
        return ""
    if choice["endpoint"] is not None:
        row = ProviderEndpoint.find(tx, site_id, choice["endpoint"])
        return row.base_url if row is not None else ""
    ai = current_app.config["SETTINGS"].env_provider
    return ai.base_url if ai else ""


def _provider_of_stage(tx: Connection, site_id: int, key: str, wanted: dict | None) -> dict | None:
    """Return the provider of a stage as JSON; None for the built-in one."""
    kind = find_kind(wanted["provider"]) if wanted is not None else None
    if wanted is None:
        return _provider_from_environment(key)
    if kind is not None and kind.access == IN_PROCESS:
        return None
    if kind is None or not kind.has_server:
        model = wanted.get("model") or wanted["provider"]
        return {"provider": wanted["provider"], "endpoint": None, "model": model}
    if wanted.get("endpoint") is None:
        found = _provider_from_environment(key)
        own_model = {"model": wanted["model"]} if wanted.get("model") else {}
        return None if found is None else found | own_model
    return _stored_provider(tx, site_id, key, wanted)


def _stored_provider(tx: Connection, site_id: int, key: str, wanted: dict) -> dict | None:
    """Return the server that the site chose for a stage; None if it cannot be used."""
    row = ProviderEndpoint.find(tx, site_id, wanted["endpoint"])
    if row is None:  # it was removed
        return None
    model = wanted.get("model") or (row.image_model if key == DRAW else row.chat_model)
    choice = server_choice(row, model) | _embedding_model(key, row.embedding_model)
    return choice if model else None


def server_choice(row: Row, model: str = "") -> dict:
    """Return a server of the site (a row) as a choice in JSON; by default with its own model."""
    return {"provider": kind_of_address(row.base_url).name, "endpoint": row.id, "model": model}


def _provider_from_environment(key: str) -> dict | None:
    ai = current_app.config["SETTINGS"].env_provider
    model = ai and (ai.image_model if key == DRAW else ai.model)
    if not model:
        return None
    kind = kind_of_address(ai.base_url)
    choice = {"provider": kind.name, "endpoint": None, "model": model}
    return choice | _embedding_model(key, ai.embedding_model)


def _embedding_model(key: str, model: str) -> dict:
    """Return the embedding model of the clustering stage, if the server has one."""
    return {"embedding": model} if key == CLUSTER and model else {}
