"""Ask for an answer of a shape: by schema, else by tool call, else as JSON in text; checked before it is used."""

import json
import re
from dataclasses import dataclass, replace

from pydantic import BaseModel, ValidationError

from igny8.errors import ExternalError
from igny8.providers.base import RequestSender, Usage, request_names
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.errors import Refused
from igny8.providers.openai_compatible.schemas import most_tokens

MODES = ("schema", "tools", "text")
ADVICE = "Answer with one JSON object of this schema and nothing else:\n"
AGAIN = "That answer could not be used: {why}. Answer once more, complete, with one JSON object of the schema only."
TOKENS_A_CHARACTER = 0.35  # of what is asked: rather too many than too few
CUT = "the answer was cut off at its longest allowed length"
THOUGHT = f"{CUT}, which the model's thoughts took up"
ROOM = 4  # times the room of an answer, for models that think before they write
FENCE = re.compile(r"^```[a-z]*")


class UnusableAnswer(ValueError):
    """An answer that came and is no use; the text says why."""


@dataclass(frozen=True, slots=True)
class RequestProfile:
    """How a model is asked: the way to a shape, the parameters it knows (None: the room of the answer), and how many
    times more room its thoughts take."""

    way: int = 0
    extras: tuple[tuple[str, float | None], ...] = (
        ("frequency_penalty", 0.3),
        ("max_tokens", None),
    )
    room: int = 1

    def after(self, refused: Refused) -> "RequestProfile | None":
        """Return how to ask after a refusal, None when there is no other way."""
        told = refused.detail.casefold()
        if refused.kind != "refused":
            return None
        named = next((name for name, _ in self.extras if name in told), None)
        if named == "max_tokens":  # models that think know it by another name
            return replace(
                self,
                extras=tuple(
                    ("max_completion_tokens", v) if name == named else (name, v)
                    for name, v in self.extras
                ),
            )
        if named is not None:
            return replace(self, extras=tuple(pair for pair in self.extras if pair[0] != named))
        return replace(self, way=self.way + 1) if self.way + 1 < len(MODES) else None


class StructuredClient:
    """Asks one model of one server, and remembers which manner of asking it understands."""

    def __init__(self, client: Client, model: str):
        self.client, self.model = client, model
        self._manner = RequestProfile()

    def ask(self, sender: RequestSender, name: str, messages: list[dict], shape: type[BaseModel]):
        """Return (an instance of `shape`, what it used).

        An unusable answer is asked for once more, with the reason; then OutsideError of kind
        "bad_answer" is raised.
        """
        used = Usage()
        asked, why = request_names(sender, name, self.model)
        for turn in asked:
            said = messages + ([{"role": "user", "content": AGAIN.format(why=why)}] if why else [])
            if why == THOUGHT:
                self._manner = replace(self._manner, room=ROOM)
            reply = self._send(sender, turn, said, shape)
            used += reply.usage
            try:
                return parse_answer(reply.body, shape), used
            except UnusableAnswer as error:
                why = str(error)
                sender.reject(turn, why)
        raise ExternalError(
            f"{self.model} gave no usable answer, twice: {why}", kind="bad_answer", permanent=True
        )

    def _send(self, sender: RequestSender, name: str, messages: list[dict], shape: type[BaseModel]):
        """Return the reply, asked in the first manner that the server understands, which is remembered."""
        begun = manner = self._manner
        while True:
            asked = self._asked(messages, shape, manner)
            expected = Usage(
                int(sum(len(m["content"]) for m in messages) * TOKENS_A_CHARACTER) + 400,
                most_tokens(shape) * manner.room,
                0,
                1,
            )
            try:
                reply = sender.send_once(
                    name, self.model, expected, lambda asked=asked: self.client.chat(**asked)
                )
            except Refused as refused:
                manner = manner.after(refused)
                if manner is None:
                    raise
                continue
            if manner != begun:
                self._manner = manner
            return reply

    def _asked(self, messages: list[dict], shape: type[BaseModel], manner: RequestProfile) -> dict:
        schema, way = shape.model_json_schema(), MODES[manner.way]
        most = most_tokens(shape) * manner.room
        asked = {
            "model": self.model,
            "messages": messages,
            **{name: most if value is None else value for name, value in manner.extras},
        }
        if way == "schema":
            asked["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema},
            }
        elif way == "tools":
            asked["tools"] = [
                {"type": "function", "function": {"name": "answer", "parameters": schema}}
            ]
            asked["tool_choice"] = {"type": "function", "function": {"name": "answer"}}
        if way != "schema":
            advice = {"role": "system", "content": ADVICE + json.dumps(schema)}
            asked["messages"] = [advice, *messages]
        return asked


def parse_answer(body: bytes, shape: type[BaseModel]) -> BaseModel:
    """Return what a chat completion says as an instance of `shape`; raise UnusableAnswer with the reason."""
    text = answer_text(body)
    try:
        return shape.model_validate_json(_object_of(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnusableAnswer(f"{place or 'the answer'}: {first['msg']}"[:300]) from error


def answer_text(body: bytes) -> str:
    """Return the text, or the arguments of the tool call, of a chat completion; raise UnusableAnswer."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        page = body.lstrip()[:1] == b"<"
        raise UnusableAnswer(
            "the server sent a web page instead of an answer"
            if page
            else "the answer of the server is broken off or not JSON"
        ) from error
    if not isinstance(answer, dict) or answer.get("error"):
        told = answer.get("error") if isinstance(answer, dict) else None
        told = told.get("message") if isinstance(told, dict) else told
        raise UnusableAnswer(f"the server reported an error in its answer: {str(told)[:200]}")
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        called = message.get("tool_calls") or []
        text = called[0]["function"]["arguments"] if called else message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnusableAnswer("the answer holds no message") from error
    if message.get("refusal"):
        raise UnusableAnswer(f"the model refused: {str(message['refusal'])[:200]}")
    if choice.get("finish_reason") == "content_filter":
        raise UnusableAnswer("the server's content filter cut the answer")
    if choice.get("finish_reason") == "length":
        raise UnusableAnswer(THOUGHT if _thinks(answer) else CUT)
    if not isinstance(text, str) or not text.strip():
        raise UnusableAnswer("the answer is empty")
    return text


def _thinks(answer: dict) -> bool:
    """Return whether a part of the answer's tokens were the model's thoughts."""
    usage = answer.get("usage")
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return isinstance(details, dict) and bool(details.get("reasoning_tokens"))


def _object_of(text: str) -> str:
    """Return the JSON object in a text: without fences, thoughts and words around it."""
    text = FENCE.sub("", text.rpartition("</think>")[2].strip()).removesuffix("```")
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text
