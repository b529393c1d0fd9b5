"""A proxy before a WordPress that cuts the connection at each step, at three moments."""

import http.client
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

from tests.publishing.http_server import Reply, Request

# before the site has the request; after it took effect, without an answer; within the answer
MOMENTS = ("before", "after", "half")
STEPS = (
    "GET /",
    "GET /wp/v2/posts",
    "POST /wp/v2/posts",
    "GET /wp/v2/posts/N",
    "POST /wp/v2/posts/N",
    "GET /wp/v2/media",
    "POST /wp/v2/media",
    "POST /wp/v2/media/N",
    "GET /wp/v2/categories",
    "POST /wp/v2/categories",
    "GET /wp/v2/tags",
    "POST /wp/v2/tags",
)
DROPPED = {"connection", "content-length", "transfer-encoding", "host"}
TIMEOUT_S = 60


class CutLines:
    """Pass requests on; cut each step once at each of the moments, and others by chance (`rate`).

    `left` are the cuts that were not made yet, `asked` what arrived, `made` the number of cuts.
    A question waits for the writes that arrived before it, so that the shortened time for which a lost
    request is waited for is long enough on a busy machine, too.
    """

    def __init__(
        self, url: str, dice: random.Random, moments: tuple[str, ...], rate: float = 0.05
    ) -> None:
        self.address, self.dice, self.rate = urlsplit(url).netloc, dice, rate
        self.moments, self.left = moments, set(product(STEPS, moments))
        self.asked, self.made = [], 0
        self._writes, self._ended = set(), threading.Condition()

    def __call__(self, request: Request) -> Reply:
        step = step_of(request)
        self.asked.append(f"{request.method} {urlsplit(request.path).path[len('/wp-json') :]}")
        moment = self._moment(step)
        if moment == "before":
            return Reply(cut=True)
        with self._in_order(request):
            reply = self._pass_on(request)
        reply.cut, reply.is_half = moment == "after", moment == "half"
        return reply

    def _moment(self, step: str) -> str:
        """Return when the line is cut at this step, empty for not at all."""
        due = [moment for moment in self.moments if (step, moment) in self.left]
        if not due and self.dice.random() >= self.rate:
            return ""
        moment = due[0] if due else self.dice.choice(self.moments)
        self.left.discard((step, moment))
        self.made += 1
        return moment

    @contextmanager
    def _in_order(self, request: Request) -> Iterator[None]:
        """Note a write while the block runs; let a question wait for the writes before it."""
        is_write = request.method != "GET"
        with self._ended:
            before = set(self._writes)
            if is_write:
                self._writes.add(id(request))
            else:
                self._ended.wait_for(lambda: not before & self._writes, TIMEOUT_S)
        try:
            yield
        finally:
            with self._ended:
                self._writes.discard(id(request))
                self._ended.notify_all()

    def _pass_on(self, request: Request) -> Reply:
        line = http.client.HTTPConnection(self.address, timeout=TIMEOUT_S)
        headers = {k: v for k, v in request.headers.items() if k not in DROPPED}
        try:
            # the site gives its addresses with the host that it was asked by
            headers["host"] = request.headers["host"]
            line.request(request.method, request.path, request.body or None, headers)
            answer = line.getresponse()
            told = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in DROPPED}
            return Reply(answer.status, answer.read(), told)
        finally:
            line.close()


def step_of(request: Request) -> str:
    """Return the kind of a request: its method and its route with N for numbers."""
    route = urlsplit(request.path).path.removeprefix("/wp-json")
    return f"{request.method} {re.sub('/[0-9]+$', '/N', route)}"
