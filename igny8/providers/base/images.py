"""Image prompts and image files as providers see them."""

from dataclasses import dataclass, field

from igny8.providers.base.keywords import Voice


@dataclass(frozen=True, slots=True)
class Page:
    """A text for which images are planned."""

    title: str
    slug: str
    headings: tuple[str, ...]
    primary: str
    language: str = "en"
    voice: Voice = field(default_factory=Voice)


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """One image to generate: position 0 is the featured one, `file_name` ends in .webp."""

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
    """Colours (#rrggbb) and name of a site, shown on its title cards."""

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
