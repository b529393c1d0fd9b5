"""What an answer of trouble means: a kind, whether asking again can help, and a sentence with the cure."""

import email.utils
import json
import socket
import ssl
from datetime import UTC

import httpx2
import openai

from igny8 import clock
from igny8.errors import ExternalError

LONGEST_TOLD = 200
NEVER = (501, 505)  # what a server cannot do at all, it will not do later
CONTEXT = ("context", "too long", "maximum length", "too many tokens")
POLICY = ("content_policy", "content policy", "content_filter", "safety", "moderation")
QUOTA = ("insufficient_quota", "billing", "quota", "credit balance", "payment")


class Refused(ExternalError):
    """The request itself was refused; `told` is what the server said."""

    def __init__(self, message: str, told: str, kind: str = "refused"):
        super().__init__(message, kind=kind, permanent=True)
        self.detail = told


def error_of_status(status: int, headers, body: str, place: str) -> ExternalError:
    """Return the error for an HTTP status of 400 or more."""
    told, low = _told(body), body.casefold()
    said = f" It said: {told}" if told else ""
    if status == 402 or status in (403, 429) and any(word in low for word in QUOTA[:2]):
        return ExternalError(
            f"the account at {place} is empty or over its quota.{said} Pay or raise the limit there, "
            "then press “Resume”.",
            kind="money",
        )
    if status == 403 and any(
        word in low for word in POLICY
    ):  # OpenRouter says so of what its moderation flags
        return _against_policy(place, said, told, status)
    if status == 401 or status == 403:
        return ExternalError(
            f"{place} does not accept the key ({status}).{said} Enter a valid key under Settings, then "
            "press “Resume”.",
            kind="auth",
        )
    if status == 429:
        return ExternalError(
            f"{place} had too many requests (429).{said}",
            kind="rate_limit",
            retry_after=retry_after(headers.get("retry-after")),
        )
    if status in (408, 409) or status >= 500 and status not in NEVER:
        return ExternalError(
            f"{place} failed ({status}).{said}",
            kind="server",
            retry_after=retry_after(headers.get("retry-after")),
        )
    if status == 404:
        return ExternalError(
            f"{place} knows no such model or path (404).{said} Choose another model under Settings, or "
            "look at the address: it usually ends in /v1.",
            kind="unknown_model",
            permanent=True,
        )
    if 300 <= status < 400:
        return ExternalError(
            f"{place} answered with a redirect ({status}). Enter the address that it leads to.",
            kind="refused",
            permanent=True,
        )
    if status == 413 or any(word in low for word in CONTEXT):
        return Refused(
            f"{place} finds the request too long ({status}).{said} Choose a model with a larger context.",
            told,
            "too_long",
        )
    if any(word in low for word in POLICY):
        return _against_policy(place, said, told, status)
    return Refused(f"{place} refuses the request ({status}).{said}", body)


def _against_policy(place: str, said: str, told: str, status: int) -> Refused:
    return Refused(
        f"{place} refuses this by its content policy ({status}).{said} Change the wording or disable the "
        "keyword.",
        told,
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
            f"there is no host {place.split(':')[0]}. Look at the address of the model server.",
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


def retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3): a number or a date; None for anything else."""
    text = (header or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), 86_400.0)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - clock.now()).total_seconds()), 86_400.0)


def _told(body: str) -> str:
    """Return what an error body says, in a few words without line breaks; empty when it is a page."""
    try:
        found = json.loads(body)
    except ValueError:
        found = "" if "<" in body[:200] else body
    while isinstance(found, dict):
        found = found.get("error") or found.get("message") or found.get("detail") or ""
    text = " ".join(str(found).split()) if isinstance(found, str) else ""
    return (text[:LONGEST_TOLD] + "…" if len(text) > LONGEST_TOLD else text).rstrip(".") + (
        "." if text else ""
    )


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
