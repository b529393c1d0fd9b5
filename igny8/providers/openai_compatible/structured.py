"""Ask for an answer of a shape: by schema, else by tool call, else as JSON in text; checked before it is used."""

import json
import re

from pydantic import BaseModel, ValidationError

from igny8.errors import OutsideError
from igny8.providers.base import Calls, Usage
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.faults import Refused
from igny8.providers.openai_compatible.shapes import most_tokens

WAYS = ("schema", "tools", "text")
ADVICE = "Answer with one JSON object of this schema and nothing else:\n"
AGAIN = "That answer could not be used: {why}. Answer once more, complete, with one JSON object of the schema only."
TOKENS_A_CHARACTER = 0.35  # of what is asked: rather too many than too few
FENCE = re.compile(r"^```[a-z]*\s*|\s*```$")


class Unusable(ValueError):
    """An answer that came and is no use; the text says why."""


class Asker:
    """Asks one model of one server, and remembers which way of asking it understands."""

    def __init__(self, client: Client, model: str):
        self.client, self.model = client, model
        self._way = 0
        self._extras = {"frequency_penalty": 0.3, "max_tokens": None}

    def ask(self, calls: Calls, name: str, messages: list[dict], shape: type[BaseModel]):
        """Return (an instance of `shape`, what it used).

        An unusable answer is asked for once more, with the reason; then OutsideError of kind
        "bad_answer" is raised.
        """
        used, why, most = Usage(), "", most_tokens(shape)
        for turn in (name, f"{name}-again"):
            said = messages + ([{"role": "user", "content": AGAIN.format(why=why)}] if why else [])
            reply = self._send(calls, turn, said, shape, most)
            used += reply.usage
            try:
                return read(reply.body, shape), used
            except Unusable as error:
                why = str(error)
                calls.reject(turn, why)
        raise OutsideError(f"{self.model} gave no usable answer, twice: {why}", kind="bad_answer", permanent=True)

    def _send(self, calls: Calls, name: str, messages: list[dict], shape: type[BaseModel], most: int):
        """Return the reply, asked in the first way that the server understands."""
        expected = Usage(int(sum(len(m["content"]) for m in messages) * TOKENS_A_CHARACTER) + 400, most, 0, 1)
        while True:
            asked = self._asked(messages, shape, most)
            try:
                return calls.once(name, self.model, expected, lambda asked=asked: self.client.chat(**asked))
            except Refused as refused:
                if not self._learn(refused):
                    raise

    def _learn(self, refused: Refused) -> bool:
        """Take from a refusal how to ask instead; False when there is no other way."""
        told = refused.told.casefold()
        if refused.kind != "refused":
            return False
        if "max_completion_tokens" in told and "max_tokens" in self._extras:
            del self._extras["max_tokens"]
            self._extras["max_completion_tokens"] = None
            return True
        unknown = next((name for name in self._extras if name in told), None)
        if unknown is not None:
            del self._extras[unknown]
            return True
        if self._way + 1 < len(WAYS):
            self._way += 1
            return True
        return False

    def _asked(self, messages: list[dict], shape: type[BaseModel], most: int) -> dict:
        schema, way = shape.model_json_schema(), WAYS[self._way]
        asked = {"model": self.model, "messages": messages,
                 **{name: most if value is None else value for name, value in self._extras.items()}}
        if way == "schema":
            asked["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        elif way == "tools":
            asked["tools"] = [{"type": "function", "function": {"name": "answer", "parameters": schema}}]
            asked["tool_choice"] = {"type": "function", "function": {"name": "answer"}}
        if way != "schema":
            advice = {"role": "system", "content": ADVICE + json.dumps(schema)}
            asked["messages"] = [advice, *messages]
        return asked


def read(body: bytes, shape: type[BaseModel]) -> BaseModel:
    """Return what a chat completion says as an instance of `shape`; raise Unusable with the reason."""
    text = said(body)
    try:
        return shape.model_validate_json(_object_of(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unusable(f"{place or 'the answer'}: {first['msg']}"[:300]) from error


def said(body: bytes) -> str:
    """Return the text, or the arguments of the tool call, of a chat completion; raise Unusable."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        page = body.lstrip()[:1] == b"<"
        raise Unusable("the server sent a web page instead of an answer" if page else
                       "the answer of the server is broken off or not JSON") from error
    if not isinstance(answer, dict) or answer.get("error"):
        told = answer.get("error") if isinstance(answer, dict) else None
        told = told.get("message") if isinstance(told, dict) else told
        raise Unusable(f"the server reported an error in its answer: {str(told)[:200]}")
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        called = message.get("tool_calls") or []
        text = called[0]["function"]["arguments"] if called else message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unusable("the answer holds no message") from error
    if message.get("refusal"):
        raise Unusable(f"the model refused: {str(message['refusal'])[:200]}")
    if choice.get("finish_reason") == "content_filter":
        raise Unusable("the server's content filter cut the answer")
    if choice.get("finish_reason") == "length":
        raise Unusable("the answer was cut off at its longest allowed length")
    if not isinstance(text, str) or not text.strip():
        raise Unusable("the answer is empty")
    return text


def _object_of(text: str) -> str:
    """Return the JSON object in a text: without fences, thoughts and words around it."""
    text = FENCE.sub("", re.sub(r"(?s)^.*</think>", "", text).strip())
    begin, end = text.find("{"), text.rfind("}")
    return text[begin:end + 1] if 0 <= begin < end else text
