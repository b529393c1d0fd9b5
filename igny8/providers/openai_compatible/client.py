"""HTTP client of one model server: deadlines, size limits, raw bodies, errors with a remedy."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import openai

from igny8.errors import ExternalError, Interrupted
from igny8.outbound import http_client
from igny8.outbound.addresses import is_private_host, parse_url
from igny8.outbound.server_url import parse_server_url
from igny8.providers.base import Endpoint, Reply, Usage
from igny8.providers.openai_compatible.errors import causes_of, error_of_status, error_of_transport
from igny8.providers.openai_compatible.event_stream import is_event_stream, join_events
from igny8.providers.openai_compatible.usage import (
    parse_body,
    read_chat_usage,
    read_embedding_usage,
    read_image_usage,
)

GRACE_S = 10.0  # for requests in flight when the product stops
LOCAL_DEADLINE_S = 600.0  # local models may load and think for minutes
POLL_S = 0.2
MIN_KEY_CHARS, MAX_ERROR_CHARS = 8, 2000
EXPIRED_STATUSES = (401, 403, 404, 410)  # of a file whose address has expired
NO_KEY = "none"  # the SDK requires a key; servers that need none ignore it


class Client:
    """Client of one endpoint; each request has its own thread, so that it can be cancelled."""

    def __init__(self, endpoint: Endpoint, deadline: float | None = None) -> None:
        parse_url(endpoint.base_url.strip())
        url = parse_server_url(endpoint.base_url)
        self.host = parse_url(url.base_url).host
        self.endpoint, self.base_url = endpoint, url.base_url
        self._deadline = deadline or endpoint.deadline_s or default_deadline(url.base_url)
        self._http = http_client.make_client(endpoint.allowed, self._deadline)
        is_azure = url.is_azure_deployment
        self._sdk = openai.OpenAI(
            api_key=endpoint.api_key or NO_KEY,
            base_url=url.base_url,
            max_retries=0,
            http_client=self._http,
            timeout=http_client.timeouts(self._deadline),
            default_query={"api-version": url.api_version} if is_azure else None,
            default_headers={"api-key": endpoint.api_key} if is_azure else None,
        )
        self._stopping = threading.Event()

    @property
    def place(self) -> str:
        """Return the name of the server in messages: its host and port."""
        return urlsplit(self.base_url).netloc

    def stop(self) -> None:
        """Cancel requests after a grace period; current and later ones raise Interrupted."""
        self._stopping.set()

    def chat(self, **request: object) -> Reply:
        """Send a chat completion; return its body (a stream is joined) and usage."""
        body = self._run(lambda given_up: self._raw(self._sdk.chat.completions, request, given_up))
        if is_event_stream(body):
            body = join_events(body)
        usage = read_chat_usage(_parsed(body), json.dumps(request["messages"]), len(body))
        return Reply(body, str(request["model"]), usage)

    def image(self, **request: object) -> Reply:
        """Request one image; return the response body and its usage."""
        body = self._run(
            lambda given_up: self._raw(self._sdk.images, request, given_up, "generate")
        )
        return Reply(body, str(request["model"]), read_image_usage(_parsed(body)))

    def embed(self, texts: list[str], **request: object) -> Reply:
        """Request the embeddings of some texts; return the response body and its usage."""
        asked = {**request, "input": texts}
        body = self._run(lambda given_up: self._raw(self._sdk.embeddings, asked, given_up))
        usage: Usage = read_embedding_usage(_parsed(body), texts)
        return Reply(body, str(request["model"]), usage)

    def fetch(self, address: str) -> bytes:
        """Download a file and return it; relative addresses refer to the server."""
        address = urljoin(f"{self.base_url}/", address)
        place = parse_url(address).host

        def call(given_up: threading.Event) -> bytes:
            with self._http.stream("GET", address) as response:
                if response.status_code != 200:
                    raise ExternalError(
                        f"{place} answered {response.status_code} when the image was fetched",
                        kind="gone" if response.status_code in EXPIRED_STATUSES else "server",
                    )
                return _collect(response.iter_bytes(), given_up)

        return self._run(call, place)

    def models(self) -> list[str]:
        """Return the names of the models that the server offers."""

        def call(given_up: threading.Event) -> bytes:
            with self._sdk.models.with_streaming_response.list() as response:
                return _collect(response.iter_bytes(), given_up)

        body = self._run(call)
        try:
            return sorted(
                {str(model.get("id") or model["name"]) for model in _listed(parse_body(body))}
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ExternalError(
                f"{self.place} did not answer with a list of models. Look at the address: it "
                "usually ends in /v1.",
                kind="bad_answer",
                permanent=True,
            ) from error

    def _raw(
        self, resource: Any, asked: dict, given_up: threading.Event, verb: str = "create"
    ) -> bytes:
        with getattr(resource.with_streaming_response, verb)(**asked) as response:
            return _collect(response.iter_bytes(), given_up)

    def _run(self, call: Callable, place: str = "") -> bytes:
        """Return the result of `call`; cancel it at the deadline or when the process stops.

        `place` is the name of the server in errors, if it is not the model server.
        """
        if self._stopping.is_set():
            raise Interrupted("the request was not sent because the product stops")
        outcome: dict = {}
        done, given_up = threading.Event(), threading.Event()

        def work() -> None:
            try:
                outcome["value"] = call(given_up)
            except Exception as error:  # noqa: BLE001 - re-raised in the waiting thread
                outcome["error"] = error
            finally:
                done.set()

        threading.Thread(target=work, name="request", daemon=True).start()
        try:
            self._wait(done, place or self.place)
        except ExternalError:
            given_up.set()
            raise
        if "error" in outcome:
            raise self._translated(outcome["error"], place or self.place)
        return self._without_key(outcome["value"])

    def _wait(self, done: threading.Event, place: str) -> None:
        """Wait for the end of a request; raise ExternalError at the deadline, or Interrupted."""
        waited, step, grace = 0.0, POLL_S, GRACE_S
        while not done.wait(step):
            waited += step
            if self._stopping.is_set():
                grace -= step
            if grace <= 0:
                raise Interrupted(
                    "the request was given up because the product stops", may_be_billed=True
                )
            if waited > self._deadline:
                raise ExternalError(
                    f"{place} did not finish its answer within {self._deadline:.0f} s",
                    kind="timeout",
                    may_be_billed=True,
                )

    def _without_key(self, body: bytes) -> bytes:
        """Return a body without the API key: answers and errors are stored and shown."""
        key = self.endpoint.api_key.encode()
        return body.replace(key, b"***") if len(key) >= MIN_KEY_CHARS else body

    def _translated(self, error: Exception, place: str) -> Exception:
        """Return the ExternalError for an error of the SDK or of the HTTP client."""
        ours = next((cause for cause in causes_of(error) if isinstance(cause, ExternalError)), None)
        if ours is not None:  # raised by the HTTP client, wrapped by the SDK
            return ours
        if isinstance(error, openai.APIStatusError):
            body = self._without_key(_text_of(error.response).encode()).decode()
            return error_of_status(
                error.response.status_code, error.response.headers, body[:MAX_ERROR_CHARS], place
            )
        return error_of_transport(error, place)


def _collect(pieces: Iterable[bytes], given_up: threading.Event) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if given_up.is_set():
            raise ExternalError("the request was given up", kind="timeout")
    return bytes(found)


def _text_of(response: Any) -> str:
    try:
        return response.text[: 2 * MAX_ERROR_CHARS]
    except Exception:  # noqa: BLE001 - the body was not read, or is not text: the status is enough
        return ""


def _listed(answer: object) -> list:
    """Return the models of a list at the top level, or below "data" or "models"."""
    if isinstance(answer, dict):
        answer = answer["data"] if "data" in answer else answer["models"]
    if not isinstance(answer, list):
        raise TypeError("no list")
    return answer


def _parsed(body: bytes) -> object:
    """Return the JSON of a body, None if it is invalid."""
    try:
        return parse_body(body)
    except (ValueError, RecursionError):
        return None


def default_deadline(base_url: str) -> float:
    """Return the default time limit of a request to an address, in seconds."""
    is_local = is_private_host(parse_url(base_url).host)
    return LOCAL_DEADLINE_S if is_local else http_client.REQUEST_DEADLINE_S
