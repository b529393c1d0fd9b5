"""Resolve the provider of each stage: the site's choice, else the environment, else built-in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy import Connection, select

from igny8.models import PriceTable, Prompt, ProviderEndpoint, RunSettings, SiteSettings
from igny8.models.price import MICROS_PER_CREDIT
from igny8.providers.base import Usage
from igny8.providers.register import BUILT_IN, OPENAI_COMPATIBLE, find_kind

CLUSTER, DRAW = "cluster", "draw"
DEMO_SPEEDUP = 15  # a demonstration is this many times faster than a model


@dataclass(frozen=True, slots=True)
class ExpectedUsage:
    """What is expected of a model before anything was seen: seconds and usage per item."""

    seconds: float
    usage: Usage


EXPECTED_USAGE = {
    "cluster": ExpectedUsage(0.2, Usage(40, 20)),
    "ideate": ExpectedUsage(12.0, Usage(1_200, 900)),
    "write": ExpectedUsage(60.0, Usage(6_000, 4_000)),
    "describe": ExpectedUsage(6.0, Usage(900, 350)),
    DRAW: ExpectedUsage(20.0, Usage(images=1)),
}


def resolve_providers(
    tx: Connection,
    site_id: int,
    settings: RunSettings | None = None,
    instead: Mapping[str, dict] | None = None,
) -> RunSettings:
    """Return settings (by default the site's current ones) with the provider of each stage.

    `instead` holds choices that replace those of the site: stage key → choice.

    `providers` names the stages that a model works in: key → provider, endpoint (None is that of
    the environment), model (and `embedding`, the model that compares keywords), and the seconds
    and credits per item that are expected at first. The endpoint's API key is not among them.
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


def _is_demo(provider: str) -> bool:
    kind = find_kind(provider)
    return kind is not None and kind.is_demo


def _expected_price(
    tx: Connection, site_id: int, prices: PriceTable, key: str, choice: dict
) -> dict:
    """Return the credits per item expected at first, with "unpriced" for an unknown price."""
    base_url = _base_url(tx, site_id, choice)
    cost = prices.cost(choice["model"], EXPECTED_USAGE[key].usage, base_url)
    is_priced = bool(prices.rate(choice["model"], base_url).source)
    return {"credits": cost.money / MICROS_PER_CREDIT} | ({} if is_priced else {"unpriced": True})


def _base_url(tx: Connection, site_id: int, choice: dict) -> str:
    """Return the address of the server that a stage's provider asks, empty for none."""
    if choice["provider"] != OPENAI_COMPATIBLE:
        return ""
    if choice["endpoint"] is not None:
        row = ProviderEndpoint.find(tx, site_id, choice["endpoint"])
        return row.base_url if row is not None else ""
    ai = current_app.config["SETTINGS"].env_provider
    return ai.base_url if ai else ""


def _provider_of_stage(tx: Connection, site_id: int, key: str, wanted: dict | None) -> dict | None:
    """Return the provider of a stage as JSON; None for the built-in one."""
    if wanted is None:
        return _provider_from_environment(key)
    if wanted["provider"] == BUILT_IN:
        return None
    if wanted["provider"] != OPENAI_COMPATIBLE:
        return {
            "provider": wanted["provider"],
            "endpoint": None,
            "model": wanted.get("model") or wanted["provider"],
        }
    if wanted.get("endpoint") is None:
        found = _provider_from_environment(key)
        return (
            found
            if found is None
            else found | ({"model": wanted["model"]} if wanted.get("model") else {})
        )
    row = ProviderEndpoint.find(tx, site_id, wanted["endpoint"])
    if row is None:  # it was removed
        return None
    model = wanted.get("model") or (row.image_model if key == DRAW else row.chat_model)
    if not model:
        return None
    return {"provider": OPENAI_COMPATIBLE, "endpoint": row.id, "model": model} | _embedding_model(
        key, row.embedding_model
    )


def _provider_from_environment(key: str) -> dict | None:
    ai = current_app.config["SETTINGS"].env_provider
    model = ai and (ai.image_model if key == DRAW else ai.model)
    if not model:
        return None
    return {
        "provider": ai.base_url if _is_demo(ai.base_url) else OPENAI_COMPATIBLE,
        "endpoint": None,
        "model": model,
    } | _embedding_model(key, ai.embedding_model)


def _embedding_model(key: str, model: str) -> dict:
    """Return the embedding model of the clustering stage, where the server has one."""
    return {"embedding": model} if key == CLUSTER and model else {}
