"""Keywords, clusters and the site's voice as providers see them."""

from dataclasses import dataclass

INTENTS = ("informational", "commercial", "transactional", "navigational", "local")


FORMATS = ("guide", "how-to", "comparison", "list", "review", "questions", "glossary", "local")


def demand(volume: int | None, impressions: int | None) -> int:
    """Return how much a keyword is wanted: its searches a month, else how often the site was shown for it."""
    return volume if volume is not None else impressions or 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """One keyword. `key` is the caller's id; numbers are None where the file did not say, and so is
    `parent`, the topic that the file puts it under.
    """

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
    (none at all where no file told any); it may grow but never loses one.
    """

    key: int
    name: str
    members: tuple[str, ...]
    pillar: str | None = None
    parents: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How a site wants to sound, for those who write with a model: its tone, its readers, what only it
    knows, and the prompts that it changed, as (name, version, text).
    """

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
    `taken_names` are cluster names of the site that may not be used again.
    """

    language: str = "en"
    strictness: float = 0.0
    threshold: float | None = None
    vectors: str = ""
    taken_names: tuple[str, ...] = ()
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True)
class PlannedCluster:
    """A group of keywords. `known` is the key of the existing cluster that it extends, else None.
    `name` and `slug` are unique in the site; `members` are keys, sorted by text.
    """

    name: str
    slug: str
    intent: str
    pillar: str
    members: tuple[int, ...]
    known: int | None = None


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Where every keyword goes: into exactly one cluster, or into `unclustered` with its reason.
    `vectors` says what compared them, as in ClusterOptions.
    """

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
    as their primary keyword; `formats` are the formats that the cluster's ideas already have.
    """

    name: str
    intent: str
    phrases: tuple[Phrase, ...]
    language: str = "en"
    covered: tuple[int, ...] = ()
    formats: tuple[str, ...] = ()
    voice: Voice = Voice()
