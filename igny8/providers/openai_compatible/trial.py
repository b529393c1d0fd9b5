"""Try a connection: which models the server offers, and what is wrong when it does not work."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from igny8.errors import OutsideError
from igny8.providers.base import DIRECT, Endpoint
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.structured import Asker

DEADLINE = 30.0
NOT_THERE = ("unknown_model", "refused", "bad_answer")


class Word(BaseModel):
    word: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: `ok`, a sentence, and the models that the server offers."""

    ok: bool
    text: str
    models: tuple[str, ...] = ()


def try_connection(endpoint: Endpoint, deadline: float = DEADLINE) -> Trial:
    """Return whether the endpoint answers, with a sentence that names the cause when it does not."""
    models: tuple[str, ...] = ()
    try:
        client = Client(endpoint, deadline)
        try:
            models = tuple(client.models())
        except OutsideError as error:
            if error.kind not in NOT_THERE:
                raise
        wanted = [name for name in (endpoint.chat_model, endpoint.image_model) if name]
        if models:
            missing = [name for name in wanted if name not in models]
            if missing:
                return Trial(False, f"The server does not offer “{missing[0]}”. Choose one of its models.", models)
        if endpoint.chat_model:
            asker = Asker(client, endpoint.chat_model)
            asker.ask(DIRECT, "trial", [{"role": "user", "content": "Say the word hello as JSON."}], Word)
        elif not models:
            return Trial(False, "The server answers, but lists no models. Name the model to try.", models)
    except OutsideError as error:
        text = str(error)
        return Trial(False, text[:1].upper() + text[1:] + ("" if text.endswith((".", "!")) else "."), models)
    offers = f"It offers {len(models):,} {'model' if len(models) == 1 else 'models'}." if models else \
        "It does not list its models."
    answered = f"“{endpoint.chat_model}” answered. " if endpoint.chat_model else ""
    return Trial(True, f"The connection works. {answered}{offers}", models)
