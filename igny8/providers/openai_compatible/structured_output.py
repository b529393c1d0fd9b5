"""Request answers of a schema: by JSON schema, JSON mode, tool call, or in the text."""

import json
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pydantic import BaseModel

from igny8.errors import ExternalError
from igny8.providers.base import Reply, RequestSender, Usage, request_names
from igny8.providers.openai_compatible.answer_text import (
    CUT_OFF,
    CUT_OFF_THINKING,
    AnswerText,
    UnusableAnswer,
    read_answer_text,
)
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.errors import NO_ENDPOINT, Refused
from igny8.providers.openai_compatible.json_answers import fit_answer
from igny8.providers.openai_compatible.request_profile import RequestProfile
from igny8.providers.openai_compatible.schemas import most_tokens

Shape = TypeVar("Shape", bound=BaseModel)
ATTEMPTS = 3
SCHEMA_IN_TEXT = "Answer with one JSON object of this schema and nothing else:\n"
TRY_AGAIN = (
    "That answer could not be used: {why}. Answer once more, complete, with one JSON object of the "
    "schema only."
)
TOKENS_PER_CHARACTER = 0.35  # of what is asked: rather too many than too few
# Hosts that enforce a schema: there it need not be paid for in the text as well.
ENFORCING_HOSTS = ("api.openai.com", ".openai.azure.com")


class StructuredClient:
    """Client of one model that remembers which mode its server supports."""

    def __init__(self, client: Client, model: str) -> None:
        self.client, self.model = client, model
        self.profile = RequestProfile()
        self._proven: set[str] = set()  # modes in which an answer was usable

    def ask(
        self, sender: RequestSender, name: str, messages: list[dict], shape: type[Shape]
    ) -> tuple[Shape, Usage]:
        """Return (an instance of `shape`, the usage).

        An unusable answer is requested again, with the reason and in the next mode. After the last
        attempt ExternalError of kind "bad_answer" is raised.
        """
        used = Usage()
        names, why = request_names(sender, name, self.model, ATTEMPTS)
        profile = self._profile_after(why, ATTEMPTS - len(names)) if why else self.profile
        for attempt in names:
            asked = messages + (
                [{"role": "user", "content": TRY_AGAIN.format(why=why)}] if why else []
            )
            reply, profile = self._send(sender, attempt, asked, shape, profile)
            used += reply.usage
            try:
                answer = fit_answer(read_answer_text(reply.body), shape)
            except UnusableAnswer as error:
                why = str(error)
                sender.reject(attempt, why)
                profile = self._after_unusable(profile, why)
                continue
            except ExternalError as error:
                sender.reject(attempt, str(error))
                raise
            self._remember(profile, is_proven=True)
            return answer, used
        raise ExternalError(
            f"{self.model} gave no usable answer in {ATTEMPTS} attempts: {why}",
            kind="bad_answer",
            permanent=True,
        )

    def _profile_after(self, why: str, attempts: int) -> RequestProfile:
        """Return the profile after attempts that another process rejected."""
        profile = self.profile
        for _ in range(attempts):
            profile = self._after_unusable(profile, why)
        return profile

    def _after_unusable(self, profile: RequestProfile, why: str) -> RequestProfile:
        """Return the profile after an unusable answer: more tokens if cut, else next mode."""
        if why in (CUT_OFF, CUT_OFF_THINKING):
            return profile.with_higher_token_limit()
        if profile.mode == "json_schema" and self._enforces_schemas:
            return profile
        return profile.next_mode() or profile

    def _remember(self, profile: RequestProfile, *, is_proven: bool = False) -> None:
        """Use this profile from now on; one bad answer does not drop a mode that worked."""
        if is_proven and self.profile.mode in self._proven and profile.mode != self.profile.mode:
            profile = replace(profile, mode=self.profile.mode)
        elif is_proven:
            self._proven.add(profile.mode)
        self.profile = profile

    def _send(
        self,
        sender: RequestSender,
        name: str,
        messages: list[dict],
        shape: type[BaseModel],
        profile: RequestProfile,
    ) -> tuple[Reply, RequestProfile]:
        """Return the reply and the first profile that the server accepts."""
        begun = profile
        while True:
            request = self._request(messages, shape, profile)
            expected = Usage(
                int(sum(len(m["content"]) for m in request["messages"]) * TOKENS_PER_CHARACTER)
                + 400,
                profile.room(most_tokens(shape)),
                0,
                1,
            )
            try:
                reply = sender.send_once(
                    name, self.model, expected, partial(self.client.chat, **request)
                )
            except Refused as refused:
                after = profile.after_refusal(refused, tuple(request))
                if after is None:
                    raise (_no_endpoint(refused) or refused) from refused
                profile = after
                continue
            if profile != begun:
                self._remember(replace(profile, room_steps=self.profile.room_steps))
            return reply, profile

    def _request(
        self, messages: list[dict], shape: type[BaseModel], profile: RequestProfile
    ) -> dict:
        schema = shape.model_json_schema()
        request: dict = {"model": self.model, "messages": messages}
        if profile.room_name:
            request[profile.room_name] = profile.room(most_tokens(shape))
        if self.client.endpoint.reasoning_effort:
            request["reasoning_effort"] = self.client.endpoint.reasoning_effort
        if profile.streams:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        request |= _mode_parameters(profile.mode, schema)
        if not (profile.mode == "json_schema" and self._enforces_schemas):
            advice = {"role": "system", "content": SCHEMA_IN_TEXT + json.dumps(schema)}
            request["messages"] = [advice, *messages]
        if not profile.has_system_role:
            request["messages"] = _without_system_role(request["messages"])
        return {name: value for name, value in request.items() if name not in profile.refused}

    @property
    def _enforces_schemas(self) -> bool:
        return self.client.host.endswith(ENFORCING_HOSTS)


def _mode_parameters(mode: str, schema: dict) -> dict:
    """Return the parameters that request a schema in a mode."""
    if mode == "json_schema":
        return {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema},
            }
        }
    if mode == "json_object":
        return {"response_format": {"type": "json_object"}}
    if mode == "tools":
        return {
            "tools": [{"type": "function", "function": {"name": "answer", "parameters": schema}}],
            "tool_choice": {"type": "function", "function": {"name": "answer"}},
        }
    return {}


def _without_system_role(messages: list[dict]) -> list[dict]:
    """Return one user message that begins with the system messages."""
    parts = [m["content"] for m in messages if m["role"] == "system"]
    parts += [m["content"] for m in messages if m["role"] != "system"]
    return [{"role": "user", "content": "\n\n".join(parts)}]


def _no_endpoint(refused: Refused) -> ExternalError | None:
    """Return the error for a model that no endpoint serves at all, else None."""
    if not any(word in refused.detail.casefold() for word in NO_ENDPOINT):
        return None
    return ExternalError(str(refused), kind="unknown_model", permanent=True)


def parse_answer(body: bytes, shape: type[Shape]) -> Shape:
    """Return a chat completion as an instance of `shape`; raise UnusableAnswer."""
    answer: AnswerText = read_answer_text(body)
    return fit_answer(answer, shape)
