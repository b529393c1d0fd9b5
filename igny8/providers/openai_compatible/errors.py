"""Translate errors of servers and connections: kind, whether to retry, and the remedy."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping

import httpx2
import openai

from igny8.errors import ExternalError
from igny8.providers.openai_compatible.error_details import MAX_DETAIL_CHARS, read_detail
from igny8.providers.openai_compatible.retry_wait import requested_wait

PERMANENT_STATUSES = (501, 505)  # of what a server cannot do at all
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


class Refused(ExternalError):
    """The server rejected the request itself; `detail` is its message."""

    def __init__(self, message: str, detail: str, kind: str = "refused") -> None:
        super().__init__(message, kind=kind, permanent=True)
        self.detail = detail


def error_of_status(
    status: int, headers: Mapping[str, str], body: str, server: str
) -> ExternalError:
    """Return the error for an HTTP status of 400 or more."""
    detail, text = read_detail(body), body.casefold()
    said = f" It said: {detail}" if detail else ""
    wait = requested_wait(headers, body)
    if _is_out_of_money(status, text, wait):
        return ExternalError(
            f"the account at {server} is empty or over its quota.{said} Pay or raise the limit "
            "there, then press “Resume”.",
            kind="money",
        )
    if status == 403 and any(word in text for word in POLICY):  # OpenRouter's moderation
        return _against_policy(server, said, detail, status)
    if status in (401, 403) or (status == 400 and any(word in text for word in BAD_KEY)):
        return ExternalError(
            f"{server} does not accept the key ({status}).{said} Enter a valid key under Settings, "
            "then press “Resume”.",
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
    return _error_of_request(status, body, server, wait)


def _error_of_request(status: int, body: str, server: str, wait: float | None) -> ExternalError:
    """Return the error for a failed request that is not due to key, money or rate."""
    detail, text = read_detail(body), body.casefold()
    said = f" It said: {detail}" if detail else ""
    if status == 413 or (status < 500 and any(word in text for word in CONTEXT)):
        return Refused(
            f"{server} finds the request too long ({status}).{said} Choose a model with a larger "
            "context.",
            detail,
            "too_long",
        )
    if status in (408, 409) or (status >= 500 and status not in PERMANENT_STATUSES):
        if status == 500 and any(word in text for word in SCHEMA_FAULTS):
            return Refused(f"{server} refuses the request ({status}).{said}", body)
        return ExternalError(f"{server} failed ({status}).{said}", kind="server", retry_after=wait)
    if status == 404 or any(word in text for word in UNKNOWN_MODEL):
        return _not_found(server, said, body, status)
    if any(word in text for word in POLICY):
        return _against_policy(server, said, detail, status)
    return Refused(f"{server} refuses the request ({status}).{said}", body)


def error_of_report(report: object) -> ExternalError:
    """Return the error for a report inside an answer: an object, a list, or a text."""
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
    """Return an HTTP status of 400 or more given as number or text, else 0."""
    try:
        status = int(str(value))
    except ValueError:
        return 0
    return status if 400 <= status < 600 else 0


def _is_out_of_money(status: int, text: str, wait: float | None) -> bool:
    """Return whether an account is empty; a 429 with a waiting time is a rate limit.

    Gemini mentions quota and billing in both cases.
    """
    if status == 402:
        return True
    if status in (400, 403, 429) and any(word in text for word in NO_CREDIT):
        return True
    return status in (403, 429) and not wait and any(word in text for word in QUOTA)


def _not_found(server: str, said: str, body: str, status: int) -> ExternalError:
    """Return the error for a missing model, or for parameters that no endpoint of it accepts."""
    if any(word in body.casefold() for word in NO_ENDPOINT):
        return Refused(f"{server} has no endpoint for this request ({status}).{said}", body)
    return ExternalError(
        f"{server} knows no such model or path ({status}).{said} Choose another model under "
        "Settings, or look at the address: it usually ends in /v1.",
        kind="unknown_model",
        permanent=True,
    )


def _against_policy(server: str, said: str, detail: str, status: int) -> Refused:
    return Refused(
        f"{server} refuses this by its content policy ({status}).{said} Change the wording or "
        "disable the keyword.",
        detail,
        "policy",
    )


def error_of_transport(error: Exception, place: str) -> ExternalError:
    """Return the error for a request without a complete response."""
    causes = list(causes_of(error))
    if any(isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError) for cause in causes):
        is_sent = not any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes)
        return ExternalError(
            f"{place} did not answer in time", kind="timeout", may_be_billed=is_sent
        )
    if any(
        isinstance(cause, socket.gaierror) for cause in causes
    ) or "name or service not known" in _all(causes):
        return ExternalError(
            f"there is no host {place.partition(':')[0]}. Look at the address of the model server.",
            kind="connection",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "certificate" in _all(causes):
        return ExternalError(
            f"the connection to {place} is not safe: {_first(causes, 'certificate')}. Look at "
            "https and at the certificate of the server.",
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
            f"the connection to {place} was lost: {_first(causes, '')}",
            kind="connection",
            may_be_billed=not any(isinstance(cause, httpx2.ConnectError) for cause in causes),
        )
    return ExternalError(
        f"the answer of {place} could not be read: {type(error).__name__}",
        kind="bad_answer",
        may_be_billed=True,
    )


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, outermost first."""
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _all(causes: list[BaseException]) -> str:
    return " ".join(str(cause) for cause in causes).casefold()


def _first(causes: list[BaseException], word: str) -> str:
    return next(
        (
            str(c)[:MAX_DETAIL_CHARS]
            for c in reversed(causes)
            if word in str(c).casefold() and str(c)
        ),
        type(causes[0]).__name__,
    )
