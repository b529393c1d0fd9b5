"""Keywords, clusters and the site's voice as providers see them."""

from dataclasses import dataclass, field

from igny8.slug_scripts import LATIN

INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
FORMATS = ("guide", "how-to", "comparison", "list", "review", "questions", "glossary", "local")


def demand(volume: int | None, impressions: int | None) -> int:
    """Return the demand for a keyword: searches per month, else impressions of the site, else 0."""
    return volume if volume is not None else impressions or 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """One keyword. `key` is the caller's id; all fields but `key` and `text` are optional.

    If the file gives a range, `volume` is between `volume_low` and `volume_high`. `parent` is the
    parent topic and `group` the group in the file, `url` the page of this site that ranks for the
    keyword, `competitor_urls` the ranking pages of other sites.
    """

    key: int
    text: str
    volume: int | None = None
    difficulty: float | None = None
    intent: str | None = None
    impressions: int | None = None
    parent: str | None = None
    url: str | None = None
    group: str | None = None
    competitor_urls: tuple[str, ...] = ()
    volume_low: int | None = None
    volume_high: int | None = None

    @property
    def demand(self) -> int:
        """Return the number that keywords are ranked by: searches, else impressions, else 0."""
        return demand(self.volume, self.impressions)


@dataclass(frozen=True, slots=True)
class KnownCluster:
    """An existing cluster: it may gain members but never loses one.

    `parents` are the topics of the members, in the same order; empty if no file names any.
    """

    key: int
    name: str
    members: tuple[str, ...]
    pillar: str | None = None
    parents: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """Tone, readers and facts of a site, for providers that write with a model.

    `prompts` are those that the site customised, as (name, version, text).
    """

    tone: str = ""
    audience: str = ""
    knowledge: str = ""
    prompts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Clustering options of a site.

    `strictness` from -1 (few, broad clusters) to 1 (many, narrow ones) shifts the threshold.
    `threshold` is that of an earlier call, None for the first; `vectors` names the embedding model
    used then, empty for the built-in vectors. With other vectors a new threshold is chosen.
    `taken_names` are cluster names of the site that may not be reused. With `own_groups`, keywords
    with the same topic or group in the file become one cluster.
    """

    language: str = "en"
    strictness: float = 0.0
    threshold: float | None = None
    vectors: str = ""
    taken_names: tuple[str, ...] = ()
    voice: Voice = field(default_factory=Voice)
    own_groups: bool = False


@dataclass(frozen=True, slots=True)
class PlannedCluster:
    """A group of keywords; `known` is the key of the existing cluster that it extends, else None.

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
    """The clustering of all keywords: each is in one cluster, or in `unclustered` with its reason.

    `vectors` is as in ClusterOptions.
    """

    clusters: tuple[PlannedCluster, ...]
    unclustered: dict[int, str]
    threshold: float
    vectors: str = ""


@dataclass(frozen=True, slots=True)
class NearestPages:
    """The most similar page of each text: its index in `pages`, -1 for none; `scores` are 0 … 1.

    `method` is how they were compared: encoder, table or lexical.
    """

    method: str
    pages: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClusterReasons:
    """Why keywords are in one cluster.

    `nearest` lists for each the (index, similarity) of the most similar members; `shared` are words
    with the number of members that contain them; `parts` are the part numbers of a suggested split,
    -1 for none.
    """

    nearest: tuple[tuple[tuple[int, float], ...], ...]
    shared: tuple[tuple[str, int], ...]
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Embeddings of a model: text → 32-bit little-endian floats, all vectors of one length."""

    model: str
    rows: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster for which ideas are planned.

    `covered` are keys that other ideas already have as their primary keyword; `formats` are the
    formats of the cluster's existing ideas. `slug_script` is one of `slug_scripts.SCRIPTS`.
    `position` is the index of the cluster among those of the site, by slug: it varies wordings that
    would otherwise be alike.
    """

    name: str
    intent: str
    phrases: tuple[Phrase, ...]
    language: str = "en"
    covered: tuple[int, ...] = ()
    formats: tuple[str, ...] = ()
    voice: Voice = field(default_factory=Voice)
    slug_script: str = LATIN
    position: int = 0
