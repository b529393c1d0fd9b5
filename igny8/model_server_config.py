"""The model server set in environment variables, for sites without a choice of their own."""

import re
from dataclasses import dataclass, field

from igny8.env_values import (
    Env,
    positive_int,
)
from igny8.errors import ConfigError
from igny8.outbound.addresses import ForbiddenAddress, parse_url

DEMONSTRATION = "demonstration"


@dataclass(frozen=True)
class EnvProvider:
    """The model server set in environment variables."""

    base_url: str
    api_key: str = field(repr=False)
    model: str
    image_model: str
    embedding_model: str
    concurrent: int | None
    per_minute: int | None
    deadline_s: int | None = None
    reasoning_effort: str = ""


def env_provider(env: Env) -> EnvProvider | None:
    """Return the model server of the environment, None if no address is set."""
    address = (env.get("IGNY8_AI_BASE_URL") or "").strip()
    if not address:
        return None
    if address != DEMONSTRATION and not _is_server_address(address):
        raise ConfigError(
            "IGNY8_AI_BASE_URL: write the address of a model server, such as "
            f"https://api.openai.com/v1 or http://127.0.0.1:11434/v1, or {DEMONSTRATION}."
        )
    model, image_model, embedding_model = _models(env, address)
    if not (model or image_model):
        raise ConfigError(
            "IGNY8_AI_MODEL: name the text model of the server at IGNY8_AI_BASE_URL (or the image "
            "model in IGNY8_AI_IMAGE_MODEL)."
        )
    return EnvProvider(
        address,
        env.get("IGNY8_AI_API_KEY") or "",
        model,
        image_model,
        embedding_model,
        concurrent=positive_int(env, "IGNY8_AI_CONCURRENT"),
        per_minute=positive_int(env, "IGNY8_AI_PER_MINUTE"),
        deadline_s=positive_int(env, "IGNY8_AI_DEADLINE_S"),
        reasoning_effort=(env.get("IGNY8_AI_REASONING_EFFORT") or "").strip().lower()[:16],
    )


def _is_server_address(address: str) -> bool:
    try:
        return bool(parse_url(address)) and not re.search("[?#]", address)
    except ForbiddenAddress:
        return False


def _models(env: Env, address: str) -> tuple[str, str, str]:
    """Return the models for texts, images and embeddings, "" if unset."""
    if address == DEMONSTRATION:
        return DEMONSTRATION, DEMONSTRATION, ""
    text, image, embedding = (
        (env.get(f"IGNY8_AI_{kind}MODEL") or "").strip() for kind in ("", "IMAGE_", "EMBEDDING_")
    )
    return text, image, embedding
