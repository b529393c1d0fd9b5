"""The protocol of everyone who thinks: plain values in, plain values out.

A provider knows nothing of the database, of Flask or of runs. The built-in engine and every
model server implement the same five calls, and one contract test holds them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist

INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
FORMATS = ("guide", "how-to", "comparison", "list", "review", "questions", "glossary", "local")


def demand(volume: int | None, impressions: int | None) -> int:
    """Return how much a keyword is wanted: its searches a month, else how often the site was shown for it."""
    return volume if volume is not None else impressions or 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """One keyword. `key` is the caller's id; numbers are None where the file did not say, and so is
    `parent`, the topic that the file puts it under."""

    key: int
    text: str
    volume: int | None = None
    difficulty: float | None = None
    intent: str | None = None
    impressions: int | None = None
    parent: str | None = None

    @property
    def demand(self) -> int:
        """Return how often it is searched, as demand() has it."""
        return demand(self.volume, self.impressions)


@dataclass(frozen=True, slots=True)
class KnownCluster:
    """A cluster that exists already, with the texts of its members and, in the same order, their parents
    (none at all where no file told any); it may grow but never loses one."""

    key: int
    name: str
    members: tuple[str, ...]
    pillar: str | None = None
    parents: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How a site wants to sound, for those who write with a model: its tone, its readers, what only it
    knows, and the prompts that it changed, as (name, version, text)."""

    tone: str = ""
    audience: str = ""
    knowledge: str = ""
    prompts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Choices of a site. `strictness` -1 (few, broad) … 0 … 1 (many, narrow) shifts the cut;
    `threshold` is the frozen cut of an earlier call, None at the first, and `vectors` what compared
    the keywords then (the name of an embedding model, empty for the built-in vectors): with others the
    cut is chosen anew.
    `taken_names` are cluster names of the site that may not be used again."""

    language: str = "en"
    strictness: float = 0.0
    threshold: float | None = None
    vectors: str = ""
    taken_names: tuple[str, ...] = ()
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True)
class PlannedCluster:
    """A group of keywords. `known` is the key of the existing cluster that it extends, else None.
    `name` and `slug` are unique in the site; `members` are keys, sorted by text."""

    name: str
    slug: str
    intent: str
    pillar: str
    members: tuple[int, ...]
    known: int | None = None


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Where every keyword goes: into exactly one cluster, or into `unclustered` with its reason.
    `vectors` says what compared them, as in ClusterOptions."""

    clusters: tuple[PlannedCluster, ...]
    unclustered: dict[int, str]
    threshold: float
    vectors: str = ""


@dataclass(frozen=True, slots=True)
class Vectors:
    """A model's embeddings: its name, and text → 32-bit numbers, little end first, all of one length."""

    model: str
    rows: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster as the planner of ideas sees it. `covered` are keys that other ideas already take
    as their primary keyword; `formats` are the formats that the cluster's ideas already have."""

    name: str
    intent: str
    phrases: tuple[Phrase, ...]
    language: str = "en"
    covered: tuple[int, ...] = ()
    formats: tuple[str, ...] = ()
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an outline: an H2 with its H3s and the keywords to be used there.

    `role` says what it must do ("answer", "steps", "cost"); empty where nobody told, as in plans of a model."""

    heading: str
    points: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Idea:
    """A planned article. `titles` are alternatives, best first, each 50–60 characters where the
    keyword allows it; the caller takes the first that is free in the site."""

    titles: tuple[str, ...]
    slug: str
    meta_description: str
    primary: int
    secondary: tuple[int, ...]
    format: str
    intent: str
    angle: str
    target_words: int
    outline: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Another page of the site: `role` is "pillar" or "sibling"."""

    title: str
    slug: str
    role: str = "sibling"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a writer gets: the idea with the phrases it targets, the site and the pages to link to."""

    title: str
    slug: str
    meta_description: str
    format: str
    intent: str
    angle: str
    target_words: int
    outline: tuple[Section, ...]
    primary: Phrase
    secondary: tuple[Phrase, ...]
    cluster: str
    site_name: str
    site_url: str = ""
    language: str = "en"
    links: tuple[Link, ...] = ()
    note: str = ""
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `ok`, and a sentence with the number and what to do about it."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished text. `kind` is "brief" or "article"; `html` is a sanitised fragment without H1."""

    kind: str
    title: str
    slug: str
    meta_title: str
    meta_description: str
    excerpt: str
    html: str
    words: int
    headings: tuple[str, ...]
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A written content as the image planner sees it."""

    title: str
    slug: str
    headings: tuple[str, ...]
    primary: str
    language: str = "en"
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """One image to be made: position 0 is the featured one. `file_name` ends in .webp."""

    position: int
    role: str
    heading: str
    prompt: str
    alt: str
    file_name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Palette:
    """A site's look on its title cards: colours as #rrggbb and the name in the corner."""

    primary: str = "#23594a"
    secondary: str = "#5fa36c"
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An encoded image: `data` is the file, `mime` its type, sizes in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What outside requests used: tokens as the server counted them, images, requests sent."""

    tokens_in: int = 0
    tokens_out: int = 0
    images: int = 0
    requests: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.images + other.images,
            self.requests + other.requests,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The raw answer to one paid request, before anybody looked into it; `usage` is what it cost."""

    body: bytes
    model: str
    usage: Usage


def ignore_progress(share: float) -> None:
    """Tell nobody how far it is."""


class RequestSender(Protocol):
    """Where a provider's paid requests go through: kept, limited and paid for by the caller.

    Names are chosen by the provider and stable: the same request of the same item has the same
    name after a crash ("outline", "section-3").
    """

    def send_once(self, name: str, model: str, expected: Usage, send: Callable[[], Reply]) -> Reply:
        """Return the reply kept under `name`; without one reserve `expected`, call `send()` and keep
        its reply before anybody looks into it. Raises what `send` raises, and, without sending,
        errors.RequestDeferred (let it pass: the item goes back unharmed)."""

    def reject(self, name: str, why: str) -> None:
        """Mark the reply kept under `name` as unusable: the next `once` of that name asks again."""

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return why the model's reply under `name` was unusable, where `again`, the question that follows it,
        is still to be asked or answered; empty where `name` itself is. So a death between the two pays
        for none of them twice."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model server as its provider needs it: address, key, the models to ask for, and which private
    addresses may be asked."""

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    chat_model: str = ""
    image_model: str = ""
    embedding_model: str = ""
    allowed: Allowlist = EMPTY_ALLOWLIST


class UnrecordedSender:
    """Calls that are sent at once and kept nowhere: for tests and for trying a connection."""

    def send_once(self, name: str, model: str, expected: Usage, send: Callable[[], Reply]) -> Reply:
        """Return what `send()` returns."""
        return send()

    def reject(self, name: str, why: str) -> None:
        """Forget nothing, as nothing is kept."""

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return nothing, as nothing is kept."""
        return ""


UNRECORDED = UnrecordedSender()


def request_names(sender: RequestSender, name: str, model: str) -> tuple[tuple[str, ...], str]:
    """Return the names under which a question is asked, one after the other until an answer is usable, and why
    an earlier answer was not; empty when there was none."""
    again = f"{name}-again"
    why = sender.rejection_reason(name, again, model)
    return ((again,) if why else (name, again)), why


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says: the value, what it used, and who made it: `model` and the version of
    the prompt, both empty where no model was asked. `note` is a line for the run's log."""

    value: object
    usage: Usage = Usage()
    model: str = ""
    prompt: str = ""
    note: str = ""


class Provider(Protocol):
    """The five calls. Each raises OutsideError, and nothing else, when it cannot answer."""

    name: str

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer:
        """Return an Answer holding a ClusterPlan that accounts for every phrase.

        `tell` is called meanwhile with the share of the work that is done, 0 … 1.
        """

    def interrupt(self) -> None:
        """Stop what takes long: calls in flight may raise Interrupted, soon. From any thread."""

    def propose(self, topic: Topic, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a tuple of 0 to `count` Ideas."""

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a Draft."""

    def describe(self, page: Page, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return an Answer holding a tuple of `count` ImagePrompts or fewer, position 0 first."""

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer:
        """Return an Answer holding an ImageFile."""
