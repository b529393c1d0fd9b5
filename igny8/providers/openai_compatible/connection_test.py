"""Test a connection: which models the server offers, and which kinds of requests work."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from igny8.errors import ExternalError
from igny8.providers.base import UNRECORDED, ConnectionReport, ConnectionRow, Endpoint
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.embeddings import NoEmbeddings, fetch_embeddings
from igny8.providers.openai_compatible.structured_output import StructuredClient

DEADLINE_S = 30.0
NOT_THERE = ("unknown_model", "refused", "bad_answer")
MODE_NAMES = {
    "json_schema": "answers by a JSON schema",
    "json_object": "answers in JSON mode",
    "tools": "answers by tool call",
    "text": "answers with JSON in its text",
}
EMBEDDING_NAME = re.compile(r"embed|bge-|e5-|gte-|minilm", re.IGNORECASE)
IMAGE_NAME = re.compile(r"image|dall-e|flux|stable-diffusion|sdxl|imagen|painter", re.IGNORECASE)
OTHER_NAME = re.compile(
    r"whisper|tts|audio|realtime|moderation|rerank|transcribe|guard|ocr", re.IGNORECASE
)


class Word(BaseModel):
    """The answer to the request that tests a chat model."""

    word: Annotated[str, Field(max_length=200)]


def check_connection(endpoint: Endpoint, deadline: float = DEADLINE_S) -> ConnectionReport:
    """Return which functions of an endpoint work, with the cause of what does not.

    The models named by the endpoint are tried; if none for text is named, one of the list. Images
    are only looked up in the list, as generating one costs money.
    """
    models: tuple[str, ...] = ()
    rows: list[ConnectionRow] = []
    try:
        client = Client(endpoint, max(deadline, endpoint.deadline_s or 0))
        models, row = _list_models(client)
        rows.append(row)
        rows += [
            _try_chat(client, models),
            _try_embeddings(client, models),
            _find_image(endpoint, models),
        ]
    except ExternalError as error:
        return ConnectionReport(False, _sentence(str(error)), models, tuple(rows))
    failed = next((row for row in rows if row.works is False), None)
    if failed is not None:
        return ConnectionReport(False, _sentence(failed.detail), models, tuple(rows))
    if not endpoint.chat_model and not models:
        text = "The server answers, but lists no models. Name the model to try."
        return ConnectionReport(False, text, models, tuple(rows))
    offers = (
        f"It offers {len(models):,} {'model' if len(models) == 1 else 'models'}."
        if models
        else "It does not list its models."
    )
    tried = rows[1].model
    answered = f"“{tried}” answered. " if tried and rows[1].works else ""
    return ConnectionReport(True, f"The connection works. {answered}{offers}", models, tuple(rows))


def list_models(endpoint: Endpoint, deadline: float = DEADLINE_S) -> ConnectionReport:
    """Return the models that an endpoint lists, without trying them."""
    try:
        models, row = _list_models(Client(endpoint, deadline))
    except ExternalError as error:
        return ConnectionReport(False, _sentence(str(error)))
    return ConnectionReport(True, _sentence(row.detail), models, (row,))


def models_by_kind(models: Iterable[str]) -> dict[str, list[str]]:
    """Group model names by use: those that write (chat), draw (image) or compare (embedding)."""
    found: dict[str, list[str]] = {"chat": [], "image": [], "embedding": []}
    for name in sorted(models, key=str.casefold):
        if EMBEDDING_NAME.search(name):
            found["embedding"].append(name)
        elif IMAGE_NAME.search(name):
            found["image"].append(name)
        elif not OTHER_NAME.search(name):
            found["chat"].append(name)
    return found


def _list_models(client: Client) -> tuple[tuple[str, ...], ConnectionRow]:
    try:
        models = tuple(client.models())
    except ExternalError as error:
        if error.kind not in NOT_THERE:
            raise
        return (), ConnectionRow("List of models", "", None, "The server does not list its models.")
    return models, ConnectionRow("List of models", "", True, f"{len(models):,} listed")


def _try_chat(client: Client, models: tuple[str, ...]) -> ConnectionRow:
    """Return the result of a chat request; raise ExternalError."""
    named = client.endpoint.chat_model
    model = named or next(filter(_may_chat, models), "")
    if not model:
        return ConnectionRow("Text", "", None, "No model is named for writing.")
    structured = StructuredClient(client, model)
    question = [{"role": "user", "content": "Say the word hello as JSON."}]
    try:
        structured.ask(UNRECORDED, "trial", question, Word)
    except ExternalError as error:
        if not named and error.permanent:
            return ConnectionRow("Text", model, None, _sentence(str(error)))
        if error.permanent and not _is_offered(model, models):
            raise _missing(model) from error
        raise
    mode = MODE_NAMES[structured.profile.mode]
    streams = ", as a stream" if structured.profile.streams else ""
    return ConnectionRow("Text", model, True, f"“{model}” {mode}{streams}")


def _may_chat(model: str) -> bool:
    return bool(models_by_kind([model])["chat"])


def _try_embeddings(client: Client, models: tuple[str, ...]) -> ConnectionRow:
    kind, model = "Comparing keywords", client.endpoint.embedding_model
    if not model:
        offered = next(filter(EMBEDDING_NAME.search, models), "")
        hint = f" “{offered}” may do it." if offered else ""
        return ConnectionRow(
            kind, "", None, f"No model is named: the built-in vectors compare.{hint}"
        )
    try:
        fetch_embeddings(client, {"hello"}, UNRECORDED)
    except NoEmbeddings as none:
        detail = (
            f"“{model}” gives no embeddings: {str(none).rstrip('.')}. Name another model that "
            "compares, or leave the field empty: the built-in vectors compare then."
        )
        return ConnectionRow(kind, model, False, detail)
    return ConnectionRow(kind, model, True, f"“{model}” gives embeddings")


def _find_image(endpoint: Endpoint, models: tuple[str, ...]) -> ConnectionRow:
    model = endpoint.image_model
    if not model:
        offered = next(filter(IMAGE_NAME.search, models), "")
        hint = f" “{offered}” may do it." if offered else ""
        return ConnectionRow("Images", "", None, f"No model is named for images.{hint}")
    if not _is_offered(model, models):
        return ConnectionRow("Images", model, False, str(_missing(model)))
    detail = "listed; not tried, as it costs an image" if models else "not tried: it costs an image"
    return ConnectionRow("Images", model, None, f"“{model}”: {detail}")


def _is_offered(model: str, models: tuple[str, ...]) -> bool:
    """Return whether a server lists a model, with a prefix or tag of its own or without."""
    known = {model, f"{model}:latest", f"models/{model}"}
    return not models or not known.isdisjoint(models)


def _missing(model: str) -> ExternalError:
    return ExternalError(
        f"The server does not offer “{model}”. Choose one of its models.",
        kind="unknown_model",
        permanent=True,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!")) else ".")
