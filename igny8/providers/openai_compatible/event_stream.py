"""Join a stream of server-sent events into the chat completion that it contains."""

import json
from collections.abc import Iterator

STREAM_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")


def is_event_stream(body: bytes) -> bool:
    """Return whether a body consists of server-sent events, requested or not."""
    return body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(STREAM_STARTS)


def join_events(body: bytes) -> bytes:
    """Return the chat completion (JSON) of a stream.

    A stream that broke off has the finish reason "length". The last usage counts.
    """
    joined = _Joined()
    for data in _events(body):
        if data == "[DONE]":
            joined.is_done = True
            break
        try:
            piece = json.loads(data)
        except ValueError:
            continue
        if isinstance(piece, dict):
            joined.add(piece)
    return json.dumps(joined.completion()).encode()


def _events(body: bytes) -> Iterator[str]:
    """Yield the data of each event: its `data:` lines joined."""
    lines: list[str] = []
    for line in [*body.decode("utf-8-sig", "replace").splitlines(), ""]:
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line.strip() and lines:
            yield "\n".join(lines).strip()
            lines = []
        elif lines and line.strip() and not line.startswith((":", "event:", "id:", "retry:")):
            lines.append(line)


class _Joined:
    """State of the answer being joined."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {"content": [], "reasoning_content": []}
        self.tools: dict[int, list[str]] = {}
        self.finish: str | None = None
        self.usage: object = None
        self.error: object = None
        self.model = ""
        self.is_done = False

    def add(self, piece: dict) -> None:
        """Add one event of the stream."""
        self.usage = piece.get("usage") or self.usage
        self.error = piece.get("error") or self.error
        self.model = str(piece.get("model") or self.model)
        for choice in piece.get("choices") or ():
            if not isinstance(choice, dict) or choice.get("index", 0) not in (0, None):
                continue
            self.error = choice.get("error") or self.error
            self.finish = choice.get("finish_reason") or self.finish
            part = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
            self._add_part(part if isinstance(part, dict) else {})

    def _add_part(self, part: dict) -> None:
        content = part.get("content")
        if isinstance(content, list):
            content = "".join(str(p.get("text") or "") for p in content if isinstance(p, dict))
        reasoning = part.get("reasoning_content") or part.get("reasoning")
        for name, text in (("content", content), ("reasoning_content", reasoning)):
            if isinstance(text, str):
                self.texts[name].append(text)
        for call in part.get("tool_calls") or ():
            args = (call.get("function") or {}).get("arguments")
            args = args if isinstance(args, str) else json.dumps(args) if args else ""
            self.tools.setdefault(call.get("index") or 0, []).append(args)

    def completion(self) -> dict:
        """Return the joined stream in the shape of a non-streaming response."""
        message: dict = {"role": "assistant"}
        message |= {name: "".join(texts) for name, texts in self.texts.items() if texts}
        if self.tools:
            arguments = "".join(self.tools[min(self.tools)])
            message["tool_calls"] = [{"function": {"name": "answer", "arguments": arguments}}]
        finish = self.finish or ("stop" if self.is_done else "length")
        whole: dict = {
            "model": self.model,
            "choices": [{"message": message, "finish_reason": finish}],
        }
        whole |= {"usage": self.usage} if self.usage else {}
        return whole | ({"error": self.error} if self.error else {})
