"""Stage 1: fetch embeddings of keywords from a server; the clustering itself is local."""

import base64
import binascii
import math
import sys
from array import array
from functools import partial

from igny8.errors import ExternalError
from igny8.providers.base import Reply, RequestSender, Usage, Vectors, request_names
from igny8.providers.openai_compatible.answer_text import UnusableAnswer
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.errors import Refused
from igny8.providers.openai_compatible.structured_output import TOKENS_PER_CHARACTER
from igny8.providers.openai_compatible.usage import parse_body

BATCH_SIZES = (256, 32)  # texts per request: some servers accept only few
MAX_TEXTS, MAX_NUMBERS = (
    20_000,
    40_000_000,
)  # beyond, comparing all with all takes too long, or too much room
MAX_TEXT_CHARS = 300  # characters of a keyword that count
DIMENSIONS = {
    "text-embedding-3": 512
}  # models that give shorter vectors when asked to, nearly as good
MAX_DIMENSIONS = 8192
PERMANENT_KINDS = (
    "unknown_model",
    "refused",
    "too_long",
    "policy",
    "bad_answer",
)  # another try would not help


class NoEmbeddings(Exception):
    """The server provides no embeddings for these texts; the message says why."""


def fetch_embeddings(
    client: Client, texts: set[str], sender: RequestSender
) -> tuple[Vectors, Usage]:
    """Return the vectors of texts and their usage; raise NoEmbeddings if unavailable.

    Raises ExternalError for temporary errors: the stage is retried and recorded replies are reused.
    The order of the texts does not matter.
    """
    wanted = sorted({text[:MAX_TEXT_CHARS] for text in texts if text.strip()})
    if len(wanted) > MAX_TEXTS:
        raise NoEmbeddings(
            f"{len(wanted):,} keywords are more than the {MAX_TEXTS:,} that a server may compare"
        )
    for size in BATCH_SIZES:
        try:
            return _in_batches(client, wanted, size, sender)
        except ExternalError as error:
            if error.kind not in PERMANENT_KINDS:
                raise
            why = str(error)
            if error.kind in ("unknown_model", "bad_answer") or len(wanted) <= BATCH_SIZES[-1]:
                break
    raise NoEmbeddings(why)


def _in_batches(
    client: Client, wanted: list[str], size: int, sender: RequestSender
) -> tuple[Vectors, Usage]:
    used = Usage()
    rows: dict[str, bytes] = {}
    for number, start in enumerate(range(0, len(wanted), size), 1):
        part = wanted[start : start + size]
        found, usage = _asked(client, f"vectors-{size}-{number}", part, sender)
        used += usage
        rows |= zip(part, found, strict=True)
        if len(found[0]) != len(rows[wanted[0]]):
            raise ExternalError("its vectors differ in length", kind="bad_answer", permanent=True)
        if len(wanted) * len(found[0]) // 4 > MAX_NUMBERS:
            raise NoEmbeddings(
                f"{len(wanted):,} vectors of {len(found[0]) // 4:,} numbers are too many to compare"
            )
    return Vectors(client.endpoint.embedding_model, rows), used


def _asked(
    client: Client, name: str, texts: list[str], sender: RequestSender
) -> tuple[list[bytes], Usage]:
    """Return the vectors of some texts; an unusable answer is requested once more."""
    used, model = Usage(), client.endpoint.embedding_model
    names, why = request_names(sender, name, model)
    for turn in names:
        reply = _sent(client, turn, texts, sender, model)
        used += reply.usage
        try:
            return read(reply.body, len(texts)), used
        except UnusableAnswer as error:
            why = str(error)
            sender.reject(turn, why)
    raise ExternalError(
        f"{model} gave no usable vectors, twice: {why}", kind="bad_answer", permanent=True
    )


def _sent(client: Client, name: str, texts: list[str], sender: RequestSender, model: str) -> Reply:
    expected = Usage(int(sum(map(len, texts)) * TOKENS_PER_CHARACTER) + 4 * len(texts), 0, 0, 1)
    asked: dict = {"model": model, "encoding_format": "base64"}
    width = next((width for begin, width in DIMENSIONS.items() if model.startswith(begin)), None)
    asked |= {"dimensions": width} if width else {}
    while True:
        try:
            return sender.send_once(name, model, expected, partial(client.embed, texts, **asked))
        except Refused as refused:
            detail = refused.detail.casefold()
            if "encoding_format" in detail and asked["encoding_format"] == "base64":
                asked["encoding_format"] = "float"
            elif "dimensions" in detail and "dimensions" in asked:
                del asked["dimensions"]
            else:
                raise


def read(body: bytes, count: int) -> list[bytes]:
    """Return `count` vectors (32-bit little-endian floats) in order; raise UnusableAnswer."""
    try:
        data = parse_body(body)["data"]
        order = sorted(range(len(data)), key=lambda at: int(data[at].get("index", at)))
        rows = [_numbers(data[at]["embedding"]) for at in order]
        places = [int(data[at].get("index", at)) for at in order]
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise UnusableAnswer("the answer holds no vectors") from error
    if places != list(range(count)):
        raise UnusableAnswer(f"the answer holds {len(rows)} vectors for {count} texts")
    if len(set(map(len, rows))) > 1 or not 2 <= len(rows[0]) <= MAX_DIMENSIONS:
        raise UnusableAnswer("the vectors differ in length, or have none")
    if not all(all(map(math.isfinite, row)) for row in rows):
        raise UnusableAnswer("a vector holds what is no number")
    return [_little(row).tobytes() for row in rows]


def _numbers(values: str | list) -> array:
    if not isinstance(values, str):
        return array("f", values)
    try:
        return _little(array("f", base64.b64decode(values, validate=True)))
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _little(row: array) -> array:
    if sys.byteorder == "big":
        row.byteswap()
    return row
