"""The demonstration provider: sample texts, marked as such, without API key or network."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from igny8.errors import ExternalError, Interrupted
from igny8.providers.base import (
    UNRECORDED,
    Answer,
    Assignment,
    ClusterOptions,
    ClusterPlan,
    Draft,
    Endpoint,
    Idea,
    ImageFile,
    ImagePrompt,
    KnownCluster,
    Page,
    Palette,
    PartChangeRequest,
    Phrase,
    Reply,
    RequestSender,
    Topic,
    Usage,
    ignore_progress,
    request_names,
)
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.provider import BuiltIn
from igny8.providers.builtin.vocabulary import truncate
from igny8.providers.checks import check_article
from igny8.providers.demo import articles, critiques
from igny8.providers.demo.behaviour import Behaviour, parse_behaviour
from igny8.providers.demo.critiques import MODEL
from igny8.sanitising import clean

UNREADABLE = b"<html>not what was asked for</html>"


class Demo:
    """A Provider with deterministic answers, and errors that depend on its seed.

    Whether a request fails depends on its content and on how often this process sent it before, so
    a retry may succeed.
    """

    name = "demonstration"

    def __init__(self, behaviour: Behaviour = Behaviour()) -> None:
        self._behaviour = behaviour
        self._local = BuiltIn()
        self._asked: Counter[str] = Counter()
        self._lock, self._stop = threading.Lock(), threading.Event()

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer[ClusterPlan]:
        """Return the built-in provider's groups, after a request that would name them."""
        plan = self._local.cluster(phrases, known, options, report_progress=report_progress).value
        _, usage = self._ask(
            sender, "names", f"{len(phrases)}", {"names": [c.name for c in plan.clusters[:200]]}
        )
        return Answer(plan, usage, MODEL, "sample")

    def interrupt(self) -> None:
        """Stop waiting: current and later requests raise Interrupted."""
        self._stop.set()
        self._local.interrupt()

    def propose(
        self, topic: Topic, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[Idea, ...]]:
        """Return the built-in provider's ideas, or none if the behaviour says so."""
        ideas = self._local.propose(topic, count).value
        if self._share("empty", topic.name) < self._behaviour.empty:
            ideas = ()
        reply, usage = self._ask(
            sender, "ideas", topic.name, {"ideas": [idea.slug for idea in ideas]}
        )
        return Answer(
            tuple(idea for idea in ideas if idea.slug in reply["ideas"]), usage, MODEL, "sample"
        )

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer[Draft]:
        """Return a Draft of kind "article": sample text, one request per section."""
        parts, usage = [], Usage()
        review, used = critiques.criticise_outline(self._ask, assignment, sender)
        usage += used
        assignment = replace(assignment, outline=review.sections)
        room = max(0, assignment.target_words - 120)
        each = room // max(1, len(assignment.outline))
        for at in range(-1, len(assignment.outline)):
            name = "opening" if at < 0 else f"section-{at + 1}"
            html = (
                articles.opening(assignment) if at < 0 else articles.section(assignment, at, each)
            )
            reply, used = self._ask(sender, name, assignment.title, {"html": html})
            parts.append(reply["html"])
            usage += used
        html = clean("".join(parts))
        title, meta = truncate(assignment.title, 200), assignment.meta_description
        draft = Draft(
            "article",
            title,
            assignment.slug,
            truncate(title, 60),
            meta,
            truncate(meta, 155),
            html,
            count_words(html),
            tuple(section.heading for section in assignment.outline),
            outline=review,
        )
        draft, used = critiques.criticise_text(self._ask, draft, assignment, sender)
        return Answer(check_article(draft, assignment), usage + used, MODEL, "sample")

    def change_part(
        self, wish: PartChangeRequest, sender: RequestSender = UNRECORDED
    ) -> Answer[str]:
        """Return the part with half of its sentences, or with an additional sample sentence."""
        changed = {"html": clean(articles.changed_part(wish))}
        reply, used = self._ask(sender, "part", f"{wish.heading}/{wish.wish}", changed)
        return Answer(reply["html"], used, MODEL, "sample")

    def describe(
        self, page: Page, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[ImagePrompt, ...]]:
        """Return the built-in provider's ImagePrompts."""
        prompts = self._local.describe(page, count).value
        _, usage = self._ask(
            sender, "prompts", page.title, {"prompts": [p.prompt for p in prompts]}
        )
        return Answer(prompts, usage, MODEL, "sample")

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer[ImageFile]:
        """Return a title card, charged like an image of a model."""
        image = self._local.draw(prompt, palette).value
        reply = self._once(
            sender, "image", prompt.file_name, image.data, Usage(images=1, requests=1)
        )
        return Answer(
            ImageFile(reply.body, image.mime, image.width, image.height),
            reply.usage,
            MODEL,
            "sample",
        )

    def _ask(self, sender: RequestSender, name: str, about: str, value: dict) -> tuple[dict, Usage]:
        """Return the reply; send the request again if the first one is unreadable."""
        body = json.dumps(value).encode()
        usage = Usage(200 + len(about), max(20, len(body) // 4), 0, 1)
        total = Usage()
        for turn in request_names(sender, name, MODEL)[0]:
            is_garbage = self._share("garbage", turn, about) < self._behaviour.garbage
            reply = self._once(sender, turn, about, UNREADABLE if is_garbage else body, usage)
            total += reply.usage
            try:
                return json.loads(reply.body), total
            except ValueError:
                sender.reject(turn, "the answer is not JSON")
        raise ExternalError(
            "the demonstration provider gave no readable answer, twice",
            kind="bad_answer",
            permanent=True,
        )

    def _once(
        self, sender: RequestSender, name: str, about: str, body: bytes, usage: Usage
    ) -> Reply:
        def send() -> Reply:
            self._behave(name, about)
            return Reply(body, MODEL, usage)

        return sender.send_once(name, MODEL, usage, send)

    def _behave(self, name: str, about: str) -> None:
        """Wait for the latency, then fail if the behaviour says so."""
        how = self._behaviour
        with self._lock:
            self._asked[f"{name}/{about}"] += 1
            turn, total = self._asked[f"{name}/{about}"], self._asked.total()
        if self._stop.wait(how.latency * (0.5 + self._share("latency", name, about))):
            raise Interrupted("the demonstration provider was stopped because the product stops")
        if how.money_after and total > how.money_after:
            raise ExternalError("the demonstration account is empty, as configured", kind="money")
        if how.auth_after and total > how.auth_after:
            raise ExternalError(
                "the demonstration key is not valid any more, as configured", kind="auth"
            )
        if self._share("limits", name, about, str(turn)) < how.limits:
            raise ExternalError(
                "the demonstration provider had too many requests",
                kind="rate_limit",
                retry_after=1.0,
            )
        if self._share("failures", name, about, str(turn)) < how.failures:
            raise ExternalError("the demonstration provider failed, as configured", kind="server")
        if self._share("permanent", name, about) < how.permanent:
            raise ExternalError(
                "the demonstration provider refused this, as configured",
                kind="refused",
                permanent=True,
            )

    def _share(self, *words: str) -> float:
        """Return a number from 0 to 1 derived from the seed and these words."""
        seed = "/".join((f"{self._behaviour.seed:g}", *words)).encode()
        return int.from_bytes(hashlib.blake2b(seed, digest_size=6).digest()) / 2**48


def make(endpoint: Endpoint) -> Demo:
    """Return a demonstration provider with the behaviour in the endpoint's address."""
    return Demo(parse_behaviour(endpoint.base_url))
