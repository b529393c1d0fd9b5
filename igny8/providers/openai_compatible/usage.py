"""Read the usage reported in an answer, in any of the known formats."""

import json
from typing import Any

from igny8.providers.base import Usage

CHARS_PER_TOKEN = 4
MAX_TOKENS = 2**31 - 1
MAX_ESTIMATED_TOKENS = 2**20
TOKENS_IN = ("prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokenCount")
TOKENS_OUT = ("completion_tokens", "output_tokens", "eval_count", "candidatesTokenCount")
TOTAL = ("total_tokens", "totalTokenCount")


def read_chat_usage(answer: object, question: str, body_bytes: int) -> Usage:
    """Return the billed tokens of a chat completion; without figures, an estimate.

    A `total_tokens` above the sum counts as output: some servers report reasoning tokens only
    there.
    """
    tokens_in, tokens_out, total = _figures(answer)
    is_estimate = not tokens_in or (not tokens_out and not total)
    if not tokens_in:
        tokens_in = max(1, len(question) // CHARS_PER_TOKEN)
    tokens_out = max(tokens_out or 0, _reasoning_tokens(answer), (total or 0) - tokens_in)
    if not tokens_out:
        tokens_out = min(body_bytes // CHARS_PER_TOKEN, MAX_ESTIMATED_TOKENS)
    return Usage(min(tokens_in, MAX_TOKENS), min(tokens_out, MAX_TOKENS), 0, 1, is_estimate)


def read_image_usage(answer: object) -> Usage:
    """Return one image and, where the server counts them, its tokens."""
    tokens_in, tokens_out, total = _figures(answer)
    tokens_out = max(tokens_out or 0, (total or 0) - (tokens_in or 0))
    return Usage(tokens_in or 0, min(tokens_out, MAX_TOKENS), 1, 1)


def read_embedding_usage(answer: object, texts: list[str]) -> Usage:
    """Return the input tokens of an embedding request; an estimate without figures."""
    tokens_in, _, total = _figures(answer)
    if tokens_in or total:
        return Usage(tokens_in or total or 0, 0, 0, 1)
    return Usage(sum(map(len, texts)) // CHARS_PER_TOKEN + len(texts), 0, 0, 1, True)


def has_reasoning(answer: object) -> bool:
    """Return whether some of the answer's tokens were reasoning."""
    if _reasoning_tokens(answer):
        return True
    tokens_in, tokens_out, total = _figures(answer)
    return bool(tokens_in and total and total > tokens_in + (tokens_out or 0))


def _figures(answer: object) -> tuple[int | None, int | None, int | None]:
    usage = _part(answer, "usage") or _part(answer, "usageMetadata")
    source = usage or (answer if isinstance(answer, dict) else {})
    return _first(source, TOKENS_IN), _first(source, TOKENS_OUT), _first(source, TOTAL)


def _first(source: dict, names: tuple[str, ...]) -> int | None:
    found = [count for name in names if (count := _count(source.get(name))) is not None]
    return next((count for count in found if count), found[0] if found else None)


def _count(value: object) -> int | None:
    """Return a count given as number or text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        count = int(float(value))
    except (ValueError, OverflowError):
        return None
    return count if 0 <= count <= MAX_TOKENS else None


def _reasoning_tokens(answer: object) -> int:
    usage = _part(answer, "usage")
    for name in ("completion_tokens_details", "output_tokens_details"):
        if count := _count(_part(usage, name).get("reasoning_tokens")):
            return count
    return _count(usage.get("reasoning_tokens")) or 0


def _part(value: object, name: str) -> dict:
    """Return the object below a name, an empty one if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def parse_body(body: bytes) -> Any:
    """Return the JSON of a body, BOM and blanks ignored; raise ValueError if it is invalid."""
    return json.loads(body.decode("utf-8-sig").strip())
