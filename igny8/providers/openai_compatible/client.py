"""One HTTP client for a model server: deadlines, a cap on sizes, raw bytes, and errors with an address."""

import json
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import openai

from igny8.errors import ExternalError, Interrupted
from igny8.outbound import http_client
from igny8.outbound.addresses import parse_url
from igny8.providers.base import Endpoint, Reply, Usage
from igny8.providers.openai_compatible.errors import causes_of, error_of_status, error_of_transport

GRACE = 10.0  # seconds that a request in flight is waited for when the product stops
SHORTEST_KEY, LONGEST_ERROR = 8, 2000  # characters
NO_KEY = "none"  # the SDK wants a key; servers that need none ignore it


class Client:
    """Sends requests to one endpoint. Each runs in a thread of its own, so that it can be given up."""

    def __init__(self, endpoint: Endpoint, deadline: float = http_client.REQUEST_DEADLINE_S):
        parse_url(endpoint.base_url)
        self.endpoint, self._deadline = endpoint, deadline
        self._http = http_client.make_client(endpoint.allowed, deadline)
        self._sdk = openai.OpenAI(
            api_key=endpoint.api_key or NO_KEY,
            base_url=endpoint.base_url,
            max_retries=0,
            http_client=self._http,
        )
        self._stopping = threading.Event()

    @property
    def place(self) -> str:
        """Return what the server is called in messages: its address without path and key."""
        return urlsplit(self.endpoint.base_url).netloc

    def stop(self) -> None:
        """Give up requests in flight after a short grace; they, and later ones, raise Interrupted."""
        self._stopping.set()

    def chat(self, **asked) -> Reply:
        """Send a chat completion; return the raw answer with the tokens that the server counted."""
        body = self._run(lambda given_up: self._raw(self._sdk.chat.completions, asked, given_up))
        return Reply(body, asked["model"], _tokens(body, json.dumps(asked["messages"])))

    def image(self, **asked) -> Reply:
        """Ask for one image; return the raw answer."""
        body = self._run(lambda given_up: self._raw(self._sdk.images, asked, given_up, "generate"))
        counted = _tokens(body, "")
        tokens_out = counted.tokens_out if _says_usage(body) else 0
        return Reply(body, asked["model"], Usage(counted.tokens_in, tokens_out, 1, 1))

    def embed(self, **asked) -> Reply:
        """Ask for the vectors of some texts; return the raw answer."""
        body = self._run(lambda given_up: self._raw(self._sdk.embeddings, asked, given_up))
        return Reply(body, asked["model"], Usage(_read_tokens(body, asked["input"]), 0, 0, 1))

    def fetch(self, address: str) -> bytes:
        """Return the file at an address that an answer named."""
        place = parse_url(address).host

        def call(given_up) -> bytes:
            with self._http.stream("GET", address) as response:
                if response.status_code != 200:
                    raise ExternalError(
                        f"{place} answered {response.status_code} when the image was fetched",
                        kind="server",
                    )
                return _collect(response.iter_bytes(), given_up)

        return self._run(call, place)

    def models(self) -> list[str]:
        """Return the names of the models that the server offers."""

        def call(given_up) -> bytes:
            with self._sdk.models.with_streaming_response.list() as response:
                return _collect(response.iter_bytes(), given_up)

        body = self._run(call)
        try:
            return sorted({str(model["id"]) for model in json.loads(body)["data"]})
        except (ValueError, KeyError, TypeError) as error:
            raise ExternalError(
                f"{self.place} did not answer with a list of models. Look at the address: it usually "
                "ends in /v1.",
                kind="bad_answer",
                permanent=True,
            ) from error

    def _raw(self, resource, asked: dict, given_up, verb: str = "create") -> bytes:
        with getattr(resource.with_streaming_response, verb)(**asked) as response:
            return _collect(response.iter_bytes(), given_up)

    def _run(self, call: Callable, place: str = "") -> bytes:
        """Return what `call` returns; give it up at the deadline, or when the product stops.

        `place` is who is asked, where that is not the model server.
        """
        if self._stopping.is_set():
            raise Interrupted("the request was not sent because the product stops")
        outcome, done, given_up = {}, threading.Event(), threading.Event()

        def work() -> None:
            try:
                outcome["value"] = call(given_up)
            except Exception as error:  # noqa: BLE001 - handed over to who waits
                outcome["error"] = error
            finally:
                done.set()

        threading.Thread(target=work, name="request", daemon=True).start()
        waited, step, grace = 0.0, 0.2, GRACE
        while not done.wait(step):
            waited += step
            if self._stopping.is_set():
                grace -= step
            if waited > self._deadline or grace <= 0:
                given_up.set()
                if grace <= 0:
                    raise Interrupted("the request was given up because the product stops")
                raise ExternalError(
                    f"{place or self.place} did not finish its answer within {self._deadline:.0f} s",
                    kind="timeout",
                )
        if "error" in outcome:
            raise self._told(outcome["error"], place or self.place)
        return self._without_key(outcome["value"])

    def _without_key(self, body: bytes) -> bytes:
        """Return what came, without the key where a server told it back: answers and errors are kept and shown."""
        key = self.endpoint.api_key.encode()
        return body.replace(key, b"***") if len(key) >= SHORTEST_KEY else body

    def _told(self, error: Exception, place: str) -> Exception:
        ours = next((cause for cause in causes_of(error) if isinstance(cause, ExternalError)), None)
        if ours is not None:  # the door's own, wherever the SDK packed it
            return ours
        if isinstance(error, openai.APIStatusError):
            body = self._without_key(_text_of(error.response).encode()).decode()
            return error_of_status(
                error.response.status_code, error.response.headers, body[:LONGEST_ERROR], place
            )
        return error_of_transport(error, place)


def _collect(pieces, given_up) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if given_up.is_set():
            raise ExternalError("the request was given up", kind="timeout")
    return bytes(found)


def _text_of(response) -> str:
    try:
        return response.text[: 2 * LONGEST_ERROR]
    except Exception:  # noqa: BLE001 - the body was not read, or is not text: the status says enough
        return ""


def _read_tokens(body: bytes, texts: list[str]) -> int:
    """Return the tokens that were read for vectors; about four characters are one where the answer does not say."""
    try:
        usage = json.loads(body).get("usage") or {}
        count = int(usage.get("prompt_tokens") or usage["total_tokens"])
        if 0 <= count < 2**31:
            return count
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        pass
    return sum(map(len, texts)) // 4 + len(texts)


def _says_usage(body: bytes) -> bool:
    return b'"usage"' in body[:4096] or b'"usage"' in body[-4096:]


def _tokens(body: bytes, question: str) -> Usage:
    """Return the tokens that an answer says it took; about four bytes are one where it does not say."""
    try:
        told = json.loads(body).get("usage") or {}
        used = [told.get(name) for name in ("prompt_tokens", "completion_tokens")]
        if not any(used):
            used = [told.get(name) for name in ("input_tokens", "output_tokens")]
        counts = [int(count) for count in used]
        if min(counts) >= 0 and max(counts) < 2**31:
            return Usage(*counts, requests=1)
    except (ValueError, TypeError, AttributeError):
        pass
    return Usage(len(question) // 4, min(len(body) // 4, 2**20), requests=1)
