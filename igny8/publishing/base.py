"""An article to publish with its images, as plain values."""

from dataclasses import dataclass

MAX_TAGS = 5


@dataclass(frozen=True, slots=True)
class Image:
    """An image of an article, below `heading`, or above everything if that is empty.

    `path` is the location of the file, `file_name` its name in the published folder.
    """

    file_name: str
    path: str
    alt: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """An article as a person approved it; `html` is a sanitised fragment without the title.

    `format` is that of its idea ("how-to" …); times are in ISO 8601, empty if unknown.
    """

    kind: str
    title: str
    slug: str
    meta_title: str
    meta_description: str
    excerpt: str
    html: str
    language: str
    keyword: str
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    format: str = ""
    site_name: str = ""
    published_at: str = ""
    modified_at: str = ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags of a post in WordPress: the main keyword and a few others."""
        words = dict.fromkeys((self.keyword, *self.keywords))
        return tuple(word for word in words if word)[:MAX_TAGS]
