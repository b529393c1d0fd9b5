"""What an answer of trouble means: a kind, whether asking again can help, and a sentence with the cure."""

import email.utils
import json
import re
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC

import httpx2
import openai

from igny8 import clock
from igny8.errors import ExternalError

LONGEST_TOLD = 200  # characters
DETAIL_FIELDS = ("error", "message", "detail", "msg", "errors", "error_description", "code")
NEVER = (501, 505)  # what a server cannot do at all, it will not do later
CONTEXT = (
    "context length",
    "context_length",
    "context size",
    "context window",
    "prompt is too long",
    "too long",
    "input is too large",
    "too many tokens",
)
POLICY = (
    "content_policy",
    "content policy",
    "content_filter",
    "content management policy",
    "safety",
    "moderation",
)
QUOTA = (
    "insufficient_quota",
    "insufficient_balance",
    "insufficient balance",
    "billing",
    "exceeded your current quota",
    "credit balance",
    "payment required",
    "spending limit",
    "out of credits",
)
NO_CREDIT = (
    "credit balance is too low",
    "insufficient balance",
    "insufficient_quota",
    "billing_hard_limit",
)
BAD_KEY = (
    "api key not valid",
    "api_key_invalid",
    "invalid api key",
    "incorrect api key",
    "invalid x-api-key",
)
UNKNOWN_MODEL = (
    "model_not_found",
    "model not found",
    "no such model",
    "unknown model",
    "is not a valid model",
    "does not exist or you do not have access",
    "model has been removed",
    "model has been deprecated",
    "decommissioned",
)
NO_ENDPOINT = ("no endpoints found", "requested parameters", "no allowed providers")
# llama.cpp answers 500 where it cannot turn a schema into a grammar.
SCHEMA_FAULTS = (
    "grammar",
    "response_format",
    "json_schema",
    "json schema",
    "tool_choice",
    "tools param",
)
# What reports inside of an answer without a code of their own mean, the first that fits.
REPORTED = (
    (("rate_limit", "rate limit", "too many requests", "resource_exhausted"), 429),
    (QUOTA, 402),
    (("authentication", "unauthorized", "invalid api key", "permission"), 401),
    (
        (
            "overloaded",
            "unavailable",
            "upstream",
            "timed out",
            "timeout",
            "server_error",
            "internal",
        ),
        503,
    ),
)
WAIT_IN_TEXT = re.compile(
    r"(?:try again|retry|wait)\D{0,20}?(?:(\d+)\s*m(?:in\w*)?\s*)?(\d+(?:\.\d+)?)\s*(ms|s)\b",
    re.IGNORECASE,
)
RETRY_DELAY = re.compile(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
MAX_WAIT_S = 86_400.0


class Refused(ExternalError):
    """The request itself was refused; `told` is what the server said."""

    def __init__(self, message: str, told: str, kind: str = "refused"):
        super().__init__(message, kind=kind, permanent=True)
        self.detail = told


def error_of_status(
    status: int, headers: Mapping[str, str], body: str, server: str
) -> ExternalError:
    """Return the error for an HTTP status of 400 or more."""
    detail, text = read_detail(body), body.casefold()
    said = f" It said: {detail}" if detail else ""
    wait = wait_of(headers, body)
    if _is_out_of_money(status, text, wait):
        return ExternalError(
            f"the account at {server} is empty or over its quota.{said} Pay or raise the limit there, "
            "then press “Resume”.",
            kind="money",
        )
    if status == 403 and any(word in text for word in POLICY):  # OpenRouter's moderation
        return _against_policy(server, said, detail, status)
    if status in (401, 403) or (status == 400 and any(word in text for word in BAD_KEY)):
        return ExternalError(
            f"{server} does not accept the key ({status}).{said} Enter a valid key under Settings, then "
            "press “Resume”.",
            kind="auth",
        )
    if status == 429:
        return ExternalError(
            f"{server} had too many requests (429).{said}", kind="rate_limit", retry_after=wait
        )
    if 300 <= status < 400:
        return ExternalError(
            f"{server} answered with a redirect ({status}). Enter the address that it leads to.",
            kind="refused",
            permanent=True,
        )
    if status == 413 or (status < 500 and any(word in text for word in CONTEXT)):
        return Refused(
            f"{server} finds the request too long ({status}).{said} Choose a model with a larger "
            "context.",
            detail,
            "too_long",
        )
    if status in (408, 409) or (status >= 500 and status not in NEVER):
        if status == 500 and any(word in text for word in SCHEMA_FAULTS):
            return Refused(f"{server} refuses the request ({status}).{said}", body)
        return ExternalError(f"{server} failed ({status}).{said}", kind="server", retry_after=wait)
    if status == 404 or any(word in text for word in UNKNOWN_MODEL):
        return _not_found(server, said, body, status)
    if any(word in text for word in POLICY):
        return _against_policy(server, said, detail, status)
    return Refused(f"{server} refuses the request ({status}).{said}", body)


def error_of_report(report: object) -> ExternalError:
    """Return the error for what a server reports inside of an answer: an object, a list, or a text."""
    while isinstance(report, list) and report:
        report = report[0]
    inner = report.get("error") if isinstance(report, dict) else None
    source = inner if isinstance(inner, dict) else report if isinstance(report, dict) else {}
    body = json.dumps({"error": report}, ensure_ascii=False)
    status = next((code for name in ("code", "status") if (code := _status(source.get(name)))), 0)
    text = body.casefold()
    if not status:
        status = next((code for words, code in REPORTED if any(w in text for w in words)), 400)
    return error_of_status(status, {}, body, "the model server")


def _status(value: object) -> int:
    """Return an HTTP status of 400 or more that came as a number or its text, else 0."""
    try:
        status = int(str(value))
    except ValueError:
        return 0
    return status if 400 <= status < 600 else 0


def _is_out_of_money(status: int, text: str, wait: float | None) -> bool:
    """Return whether an account is empty; a 429 that says when to come back is a rate limit.

    Gemini speaks of quota and billing in both cases.
    """
    if status == 402:
        return True
    if status in (400, 403, 429) and any(word in text for word in NO_CREDIT):
        return True
    return status in (403, 429) and not wait and any(word in text for word in QUOTA)


def _not_found(server: str, said: str, body: str, status: int) -> ExternalError:
    """Return the error for a model that is gone, or for parameters that no endpoint of it takes."""
    if any(word in body.casefold() for word in NO_ENDPOINT):
        return Refused(f"{server} has no endpoint for this request ({status}).{said}", body)
    return ExternalError(
        f"{server} knows no such model or path ({status}).{said} Choose another model under Settings, or "
        "look at the address: it usually ends in /v1.",
        kind="unknown_model",
        permanent=True,
    )


def _against_policy(server: str, said: str, detail: str, status: int) -> Refused:
    return Refused(
        f"{server} refuses this by its content policy ({status}).{said} Change the wording or disable the "
        "keyword.",
        detail,
        "policy",
    )


def error_of_transport(error: Exception, place: str) -> ExternalError:
    """Return the error for a request that got no whole answer."""
    causes = list(causes_of(error))
    if any(isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError) for cause in causes):
        return ExternalError(f"{place} did not answer in time", kind="timeout")
    if any(
        isinstance(cause, socket.gaierror) for cause in causes
    ) or "name or service not known" in _all(causes):
        return ExternalError(
            f"there is no host {place.split(':', maxsplit=1)[0]}. Look at the address of the model server.",
            kind="connection",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "certificate" in _all(causes):
        return ExternalError(
            f"the connection to {place} is not safe: {_first(causes, 'certificate')}. Look at https "
            "and at the certificate of the server.",
            kind="connection",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "refused" in _all(
        causes
    ):
        return ExternalError(
            f"nothing listens at {place}. Start the model server, or look at its address.",
            kind="connection",
        )
    if any(
        isinstance(cause, httpx2.TransportError | openai.APIConnectionError | OSError)
        for cause in causes
    ):
        return ExternalError(
            f"the connection to {place} was lost: {_first(causes, '')}", kind="connection"
        )
    return ExternalError(
        f"the answer of {place} could not be read: {type(error).__name__}", kind="bad_answer"
    )


def wait_of(headers: Mapping[str, str], body: str = "") -> float | None:
    """Return the seconds to wait: of Retry-After, of a reset header, or of the text; None for neither."""
    found = retry_after(headers.get("retry-after"))
    if found is None and (headers.get("retry-after-ms") or "").isdigit():
        found = int(headers["retry-after-ms"]) / 1000
    if found is not None:
        return found
    resets = [
        _reset(headers.get(name))
        for name in (
            "x-ratelimit-reset",
            "x-ratelimit-reset-requests",
            "x-ratelimit-reset-tokens",
            "ratelimit-reset",
        )
    ]
    told = [seconds for seconds in resets if seconds]
    if told:
        return min(max(told), MAX_WAIT_S)
    if delay := RETRY_DELAY.search(body):
        return min(float(delay[1]), MAX_WAIT_S)
    if wait := WAIT_IN_TEXT.search(body):
        seconds = float(wait[2]) / (1000 if wait[3].lower() == "ms" else 1)
        return min(60 * int(wait[1] or 0) + seconds, MAX_WAIT_S)
    return None


def _reset(value: str | None) -> float | None:
    """Return the seconds of a reset header: seconds, a Unix time in s or ms, or a duration such as 6m0s."""
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        number = float(text)
        if number > 1e11:
            number /= 1000
        return max(0.0, number - clock.now().timestamp()) if number > 1e9 else number
    found = DURATION.fullmatch(text) if text else None
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds, millis = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds + millis / 1000


def retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3), a number or a date; None for others."""
    text = (header or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), MAX_WAIT_S)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - clock.now()).total_seconds()), MAX_WAIT_S)


def read_detail(body: str) -> str:
    """Return what an error body says, in a few words without line breaks; of a page, its title."""
    try:
        text = _detail(json.loads(body), 0)
    except (ValueError, RecursionError):
        page = re.search(
            r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", body, re.DOTALL | re.IGNORECASE
        )
        is_page = "<" in body[:200]
        text = (page[1] or page[2] or "") if page else "" if is_page else body
    text = (
        " ".join(re.sub(r"<[^>]+>", " ", text).split()) if "<" in text else " ".join(text.split())
    )
    text = text[:LONGEST_TOLD] + "…" if len(text) > LONGEST_TOLD else text
    return text.rstrip(".") + ("." if text else "")


def _detail(found: object, depth: int) -> str:
    """Return the message in an error: below error, message, detail, msg, errors, or in a list of these."""
    if isinstance(found, str):
        return found
    if depth > 6 or not isinstance(found, dict | list):
        return ""
    if isinstance(found, list):
        return "; ".join(filter(None, (_detail(one, depth + 1) for one in found[:3])))
    inner = next(
        (text for name in DETAIL_FIELDS if (text := _detail(found.get(name), depth + 1))), ""
    )
    place = ".".join(map(str, found["loc"])) if isinstance(found.get("loc"), list) else ""
    metadata = found.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    text = f"{place}: {inner}" if place and inner else inner
    return f"{text} ({_detail(raw, depth + 1)})" if raw and _detail(raw, depth + 1) else text


def causes_of(error: BaseException | None):
    """Yield an error and what it came of, the outermost first."""
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _all(causes) -> str:
    return " ".join(str(cause) for cause in causes).casefold()


def _first(causes, word: str) -> str:
    return next(
        (str(c)[:LONGEST_TOLD] for c in reversed(causes) if word in str(c).casefold() and str(c)),
        type(causes[0]).__name__,
    )
