"""Try a connection: which models the server offers, and what is wrong when it does not work."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from igny8.errors import ExternalError
from igny8.providers.base import UNRECORDED, Endpoint
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.embeddings import NoEmbeddings, fetch_embeddings
from igny8.providers.openai_compatible.structured_output import StructuredClient

DEADLINE = 30.0
NOT_THERE = ("unknown_model", "refused", "bad_answer")


class Word(BaseModel):
    word: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What came of it: `ok`, a sentence, and the models that the server offers."""

    ok: bool
    text: str
    models: tuple[str, ...] = ()


def check_connection(endpoint: Endpoint, deadline: float = DEADLINE) -> ConnectionReport:
    """Return whether the endpoint answers, with a sentence that names the cause when it does not."""
    models: tuple[str, ...] = ()
    try:
        client = Client(endpoint, deadline)
        try:
            models = tuple(client.models())
        except ExternalError as error:
            if error.kind not in NOT_THERE:
                raise
        if endpoint.chat_model:
            _ask(client, endpoint.chat_model, models)
        if endpoint.embedding_model and (fault := _compares(client)):
            return ConnectionReport(
                False,
                f"“{endpoint.embedding_model}” gives no embeddings: {fault}. Name another model that "
                "compares, or leave the field empty: the built-in vectors compare then.",
                models,
            )
        if endpoint.image_model and not _is_offered(
            endpoint.image_model, models
        ):  # to try it would cost an image
            raise _missing(endpoint.image_model)
        if not endpoint.chat_model and not models:
            return ConnectionReport(
                False, "The server answers, but lists no models. Name the model to try.", models
            )
    except ExternalError as error:
        text = str(error)
        return ConnectionReport(
            False, text[:1].upper() + text[1:] + ("" if text.endswith((".", "!")) else "."), models
        )
    offers = (
        f"It offers {len(models):,} {'model' if len(models) == 1 else 'models'}."
        if models
        else "It does not list its models."
    )
    answered = f"“{endpoint.chat_model}” answered. " if endpoint.chat_model else ""
    return ConnectionReport(True, f"The connection works. {answered}{offers}", models)


def _ask(client: Client, model: str, models: tuple[str, ...]) -> None:
    """Ask a model for a word; raise OutsideError. Servers of one model answer to any name, listed or not."""
    try:
        StructuredClient(client, model).ask(
            UNRECORDED, "trial", [{"role": "user", "content": "Say the word hello as JSON."}], Word
        )
    except ExternalError as error:
        if error.permanent and not _is_offered(model, models):
            raise _missing(model) from error
        raise


def _is_offered(model: str, models: tuple[str, ...]) -> bool:
    """Return whether a model is in the list of a server, which may name it with its tag, or list none at all."""
    return not models or model in models or f"{model}:latest" in models


def _missing(model: str) -> ExternalError:
    return ExternalError(
        f"The server does not offer “{model}”. Choose one of its models.",
        kind="unknown_model",
        permanent=True,
    )


def _compares(client: Client) -> str:
    """Return why the server gives no vectors, an empty text when it does; raise OutsideError for what passes."""
    try:
        fetch_embeddings(client, {"hello"}, UNRECORDED)
    except NoEmbeddings as none:
        return str(none).rstrip(".")
    return ""
