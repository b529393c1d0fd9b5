"""Planned articles, writing assignments and finished drafts as providers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from igny8.critiques import NEVER
from igny8.providers.base.keywords import Phrase, Voice


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an outline: an H2 with its H3s and the keywords to use there.

    `role` is its purpose ("answer", "steps", "cost"); empty in plans of a model.
    """

    heading: str
    points: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Idea:
    """A planned article.

    `titles` are alternatives, best first, each of 40 to 60 characters if the keyword allows it; the
    caller takes the first that is unused on the site.
    """

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


LINK_ROLES = ("pillar", "sibling", "live")


@dataclass(frozen=True, slots=True)
class Link:
    """A page that an article can link to: `role` is "pillar", "sibling" (planned) or "live".

    A live page has an `address`; `near` is the keyword that it resembles most, `score` how much.
    """

    title: str
    slug: str
    role: str = "sibling"
    address: str = ""
    near: str = ""
    score: float = 0.0

    @property
    def href(self) -> str:
        """Return the address that a text links to."""
        return self.address or f"/{self.slug}"

    @property
    def order(self) -> tuple[int, float, str, str]:
        """Return a sort key: the pillar, other planned pages by title, live pages by similarity."""
        return LINK_ROLES.index(self.role), -self.score, self.title.casefold(), self.slug


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one of the site's sources; `address` is empty if the source has none."""

    title: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that an article cites, with the passages that it cites.

    Its number in the text is its position in the list of citations, from 1.
    """

    title: str
    address: str
    passages: tuple[str, ...]

    @staticmethod
    def from_json(stored: Sequence[Mapping[str, Any]]) -> "tuple[Citation, ...]":
        """Return the citations from their stored form."""
        return tuple(
            Citation(one["title"], one["address"], tuple(one["passages"])) for one in stored
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """The input for writing: an idea with its keywords, the site, the pages to link to.

    `sources` are all passages of the site's sources. `outline_critique` and `text_critique` say
    when a model criticises the outline, and its article (critiques.CHOICES).
    """

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
    voice: Voice = field(default_factory=Voice)
    sources: tuple[Passage, ...] = ()
    outline_critique: str = NEVER
    text_critique: str = NEVER


@dataclass(frozen=True, slots=True)
class OutlineReview:
    """The outline that a text follows: `findings` say what was amiss in the one that was planned.

    `changes` say what a model changed beyond that, and why.
    """

    sections: tuple[Section, ...]
    findings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartChangeRequest:
    """A part of a written article (`html`, with its heading) and how it is to be changed.

    `citations` are the sources that the article cites.
    """

    title: str
    heading: str
    html: str
    wish: str
    outline: tuple[str, ...]
    keyword: str
    site_name: str
    language: str = "en"
    voice: Voice = field(default_factory=Voice)
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: whether it passed, and a sentence with the number, the place and the remedy.

    `kind` names the check, `severity` is "error" or "warning", `why` explains its purpose.
    """

    ok: bool
    text: str
    kind: str = ""
    severity: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A written text: `kind` is "brief" or "article", `html` a sanitised fragment without H1.

    `first_html` is the text before the provider rewrote a part of it, otherwise empty.
    `outline` is what the text follows, None where nobody reviewed the outline.
    """

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
    first_html: str = ""
    citations: tuple[Citation, ...] = ()
    outline: OutlineReview | None = None
