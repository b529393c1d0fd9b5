"""How requests to a model are built, adapted to what its server rejects."""

import re
from dataclasses import dataclass, replace

from igny8.providers.openai_compatible.errors import Refused

MODES = ("json_schema", "json_object", "tools", "text")
MIN_THINKING_TOKENS = 8_192
ROOM_FACTOR = 4  # by which the room grows each time that thoughts take all of it
MAX_ROOM_STEPS = 3
# Parameters that a request can do without, dropped when a refusal names them.
DROPPABLE = ("reasoning_effort", "stream_options", "tool_choice")
OTHER_ROOM_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": ""}
UNKNOWN_PARAMETER = (
    "not support",
    "unsupported",
    "unknown",
    "unrecognized",
    "not allowed",
    "not permitted",
    "extra",
)
TOKEN_LIMIT = re.compile(
    r"(?:at most|maximum(?: value)?(?: of| is|:)?|up to|less than or equal to|<=|"
    r"limit(?: is| of|:)?|between \d+ and)"
    r"\D{0,12}(\d{3,7})",
    re.IGNORECASE,
)
TOO_MANY_TOKENS = ("max_tokens", "max_completion_tokens", "max output tokens", "maxoutputtokens")
NEEDS_STREAM = (
    "only supports stream",
    "stream must be",
    "stream=true",
    "must be streamed",
    "only stream",
    "streaming is required",
    "enable stream",
    "non-stream",
)
NO_SYSTEM = ("system role", "developer instruction", "system message", "'system'", "system prompt")


@dataclass(frozen=True, slots=True)
class RequestProfile:
    """`mode` is how the schema is sent, `room_steps` how often the token limit was raised.

    `room_name` is the parameter of the token limit, empty if the model has none, `max_room` its
    maximum.
    """

    mode: str = MODES[0]
    room_name: str = "max_tokens"
    room_steps: int = 0
    max_room: int | None = None
    refused: frozenset[str] = frozenset()
    streams: bool = False
    has_system_role: bool = True

    def after_refusal(self, refused: Refused, sent: tuple[str, ...]) -> "RequestProfile | None":
        """Return the profile after these parameters were rejected, None if none is left.

        A parameter named in the error is dropped once; if none is named, the next mode is tried.
        """
        if refused.kind != "refused":
            return None
        text = refused.detail.casefold()
        plain = text.replace("_", "")
        if not self.streams and any(word in text for word in NEEDS_STREAM):
            return replace(self, streams=True)
        if self.room_name and any(word in text for word in TOO_MANY_TOKENS):
            return self._after_room_refusal(text)
        if self.has_system_role and any(word in text for word in NO_SYSTEM):
            return replace(self, has_system_role=False)
        for name in DROPPABLE:
            if name in sent and (name in text or name.replace("_", "") in plain):
                return replace(self, refused=self.refused | {name})
        return self.next_mode(text)

    def _after_room_refusal(self, text: str) -> "RequestProfile":
        limit = TOKEN_LIMIT.search(text)
        unsupported = "unsupported" in text or "not supported" in text or "instead" in text
        if limit and not unsupported and (self.max_room is None or int(limit[1]) < self.max_room):
            return replace(self, max_room=int(limit[1]))
        return replace(self, room_name=OTHER_ROOM_NAME[self.room_name])

    def next_mode(self, text: str = "") -> "RequestProfile | None":
        """Return the profile with the next mode, skipping one that the error names too."""
        at = MODES.index(self.mode) + 1
        if at >= len(MODES):
            return None
        if MODES[at] == "json_object" and _names_unknown_format(text):
            at += 1
        return replace(self, mode=MODES[at])

    def with_higher_token_limit(self) -> "RequestProfile":
        """Return the profile with a higher token limit, after reasoning used up the old one."""
        return replace(self, room_steps=min(self.room_steps + 1, MAX_ROOM_STEPS))

    def room(self, answer_tokens: int) -> int:
        """Return the maximum tokens of an answer, reasoning included."""
        if not self.room_steps:
            room = answer_tokens
        else:
            widened = max(answer_tokens * ROOM_FACTOR, MIN_THINKING_TOKENS)
            room = widened * ROOM_FACTOR ** (self.room_steps - 1)
        return min(room, self.max_room) if self.max_room else room


def _names_unknown_format(text: str) -> bool:
    """Return whether an error rejects response_format itself, not one of its types."""
    return (
        "response_format" in text
        and any(word in text for word in UNKNOWN_PARAMETER)
        and not any(word in text for word in ("json_schema", "type"))
    )
