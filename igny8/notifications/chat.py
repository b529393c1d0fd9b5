"""Send a message to a chat service with Apprise (extra “notify”), through our own HTTP client.

Apprise sends with requests; its transport is replaced by one that uses the client in outbound/, so
that addresses are checked and time and size are limited (docs/decisions/0028-notifications.md).
"""

import importlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from igny8.errors import ExternalError
from igny8.outbound.http_client import NOT_CONNECTED, Client, HTTPError
from igny8.publishing.requests import TRANSIENT, TargetError, retry_after

# Services that send over HTTP alone, read no files and need no other headers: name → label
SERVICES = {
    "slack": "Slack",
    "discord": "Discord",
    "tgram": "Telegram",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
    "gchat": "Google Chat",
    "zulip": "Zulip",
    "pover": "Pushover",
}
NOT_INSTALLED = (
    "Chat services need the Python package apprise: install IGNY8 with “pip install igny8[notify]”."
)
NOT_AN_ADDRESS = (
    "This is not the address of a chat service. Paste the webhook address that Slack or Discord "
    "shows, or write it as in tgram://TOKEN/CHAT."
)
_sending = threading.local()


def service_of(address: str) -> str:
    """Return the name of an address's service; raise TargetError if it is not supported."""
    plugin = _plugin(address)
    return next(SERVICES[name] for name in _schemas(plugin) if name in SERVICES)


def send_chat(http: Client, address: str, subject: str, text: str) -> None:
    """Send a message; raise TargetError, with `is_unknown` if it may have arrived."""
    plugin = _plugin(address)
    with _through(http) as outcomes:
        is_sent = plugin.notify(title=subject, body=text)
    if is_sent:
        return
    failures = [outcome for outcome in outcomes if outcome is not None]
    if len(failures) == len(outcomes) and failures:
        raise failures[-1]
    cause = f" ({failures[-1]})" if failures else ""  # some of it may have been taken
    text = f"{service_of(address)} did not take the whole message{cause}."
    raise TargetError(text, "refused", permanent=not outcomes, is_unknown=bool(outcomes))


def _plugin(address: str) -> Any:
    """Return the Apprise plugin of an address; raise TargetError if it is not supported."""
    try:
        apprise = importlib.import_module("apprise")
    except ImportError as error:
        raise TargetError(NOT_INSTALLED, "missing", permanent=True) from error
    _use_our_transport()
    asset = apprise.AppriseAsset(
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        image_url_mask="",
        image_url_logo="",
    )
    plugin = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if plugin is None or not set(_schemas(plugin)) & SERVICES.keys():
        raise TargetError(NOT_AN_ADDRESS, "address", permanent=True)
    return plugin


def _schemas(plugin: Any) -> tuple[str, ...]:
    """Return the URL schemes of a plugin's service in Apprise."""
    names: list[str] = []
    for found in (plugin.protocol, plugin.secure_protocol):
        names += [found] if isinstance(found, str) else list(found or ())
    return tuple(names)


@contextmanager
def _through(http: Client) -> Iterator[list[TargetError | None]]:
    """Route this thread's `requests` through a client; yield the outcomes."""
    _sending.http, _sending.outcomes = http, []
    try:
        yield _sending.outcomes
    finally:
        del _sending.http, _sending.outcomes


def _use_our_transport() -> None:
    """Replace the transport of every `requests` session in this process."""
    requests = importlib.import_module("requests")
    requests.sessions.HTTPAdapter = _adapter_class(requests)


def _adapter_class(requests: Any) -> type:
    """Return the `requests` transport adapter that uses our client."""

    class CheckedAdapter(requests.adapters.BaseAdapter):
        """Sends through the client of `_through`; sends nothing outside of it."""

        def send(self, request: Any, **options: Any) -> Any:
            """Return the answer; raise ConnectionError, with the cause among the outcomes."""
            http = getattr(_sending, "http", None)
            if http is None:
                raise requests.ConnectionError("requests may not send here")
            try:
                answer = _send(http, request)
            except TargetError as error:
                _sending.outcomes.append(error)
                raise requests.ConnectionError(str(error)) from error
            _sending.outcomes.append(_refusal(answer))
            return _as_response(requests, request, answer)

        def close(self) -> None:
            """Keep the client: its owner closes it."""

    return CheckedAdapter


def _send(http: Client, request: Any) -> Any:
    """Return our client's response to a prepared request; raise TargetError."""
    host = request.url.split("/")[2].rpartition("@")[2]
    try:
        return http.request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
    except NOT_CONNECTED as error:
        raise TargetError(f"{host} cannot be reached ({error}).", "connection") from error
    except HTTPError as error:
        text = f"{host} did not answer in time, or the connection broke off."
        raise TargetError(text, "connection", is_unknown=True) from error
    except ExternalError as error:
        is_refused = error.kind == "address"
        raise TargetError(
            str(error), error.kind, permanent=is_refused, is_unknown=not is_refused
        ) from error


def _refusal(answer: Any) -> TargetError | None:
    """Return the error in a response, or None if the message was accepted."""
    status, host = answer.status_code, answer.request.url.host
    if status < 300:
        return None
    return TargetError(
        f"{host} refused the message ({status}).",
        "rate_limit" if status == 429 else "refused",
        permanent=status not in TRANSIENT,
        retry_after=retry_after(answer),
        is_unknown=status >= 500,
        status=status,
    )


def _as_response(requests: Any, request: Any, answer: Any) -> Any:
    """Return a response of our client as one of `requests`."""
    response = requests.Response()
    response.status_code, response.url, response.request = answer.status_code, request.url, request
    response.headers.update(answer.headers)
    response.headers.pop("location", None)  # an answer that redirects is a refusal
    response.raw = io.BytesIO(answer.content)
    return response
