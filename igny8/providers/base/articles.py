"""Planned articles, writing assignments and finished drafts as providers see them."""

from dataclasses import dataclass

from igny8.providers.base.keywords import Phrase, Voice


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an outline: an H2 with its H3s and the keywords to be used there.

    `role` says what it must do ("answer", "steps", "cost"); empty where nobody told, as in plans of a model.
    """

    heading: str
    points: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Idea:
    """A planned article. `titles` are alternatives, best first, each 50–60 characters where the
    keyword allows it; the caller takes the first that is free in the site.
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
