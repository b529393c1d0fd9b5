"""Send one request to a publishing target and classify its outcome."""

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from igny8 import clock
from igny8.errors import ExternalError
from igny8.outbound.allowlist import Allowlist
from igny8.outbound.http_client import (
    NOT_CONNECTED,
    Client,
    HTTPError,
    Response,
    make_client,
)
from igny8.redaction import redact

DEADLINE_S = 60.0  # for a whole request
MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_RETRY_AFTER_S = 900.0
MAX_ADDRESS_CHARS = 2000
TRANSIENT = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524)
Log = Callable[[str], None]  # takes the line of the log: method, path and outcome


class TargetError(ExternalError):
    """A request to a target that failed.

    `is_unknown` means that the target may have carried it out: its answer was lost, or it failed
    after the fact. `status` is that of the response, None without one; `code` and `data` are the
    target's own.
    """

    def __init__(
        self,
        message: str,
        kind: str = "error",
        permanent: bool = False,
        retry_after: float | None = None,
        is_unknown: bool = False,
        status: int | None = None,
        code: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, kind, permanent, retry_after)
        self.is_unknown, self.status = is_unknown, status
        self.code, self.data = code, data or {}


def make_target_client(allowed: Allowlist) -> Client:
    """Return the HTTP client for publishing targets."""
    return make_client(allowed, DEADLINE_S, MAX_ANSWER_BYTES)


def send(
    http: Client,
    log: Log,
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
) -> Response:
    """Return the response of one request, of any status; raise TargetError without one.

    The log contains only the host: the path of a webhook may be a secret.
    """
    shown = f"{method} {'/'.join(url.split('/')[:3])}"
    try:
        response = http.request(method, url, headers=headers, content=content)
    except NOT_CONNECTED as error:
        log(f"{shown}: no connection ({error})")
        raise TargetError(_unreachable(url, str(error)), "connection") from error
    except HTTPError as error:
        log(f"{shown}: no answer ({type(error).__name__}: {error})")
        raise TargetError(
            "The connection broke off before the answer was complete.",
            "connection",
            is_unknown=True,
        ) from error
    except ExternalError as error:
        log(f"{shown}: {error}")
        raise TargetError(
            str(error), error.kind, error.kind == "address", is_unknown=error.kind != "address"
        ) from error
    log(f"{shown}: {response.status_code}")
    return response


def retry_after(response: Response) -> float | None:
    """Return how many seconds the target asked to wait, at most MAX_RETRY_AFTER_S, or None."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - clock.now()).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def web_address(value: object) -> str:
    """Return a value of a response if it is a valid http(s) address, else ""."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return ""
    return value if len(value) <= MAX_ADDRESS_CHARS and value.isprintable() else ""


def error_kind(response: Response) -> str:
    """Return the kind of error of a response; one that asks to wait is rate_limit."""
    status = response.status_code
    if status == 429 or (status == 503 and retry_after(response) is not None):
        return "rate_limit"
    return "server" if status >= 500 else "refused"


def _unreachable(url: str, cause: str) -> str:
    host = url.split("/")[2]
    if "CERTIFICATE" in cause.upper():
        return (
            f"The certificate of {host} is not valid ({redact(cause)}). "
            "Renew it, or enter the address that it is made out for."
        )
    return f"{host} cannot be reached ({redact(cause)}). Check the address and that it is online."
