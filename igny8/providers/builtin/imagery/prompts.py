"""Plan the images of a page: which sections get one, with prompt, alt text and file name."""

from slugify import slugify
from slugify.special import GERMAN

from igny8.providers.base import ImagePrompt, Page
from igny8.providers.builtin.imagery.scenes import DULL, PLAIN, SCENES

FEATURED, SECTION = (1200, 630), (1200, 675)
ALT_LIMIT = 125


def describe(page: Page, count: int) -> tuple[ImagePrompt, ...]:
    """Return up to `count` prompts: the featured image, then sections across the page.

    A page with fewer headings gets fewer.
    """
    if count < 1:
        return ()
    primary, title = _plain(page.primary), _plain(page.title)
    subject, name = primary or title, title or primary
    texts = _prompt(name, subject), _alt(name, ""), _file(page, "", 0)
    featured = ImagePrompt(0, "featured", name, *texts, *FEATURED)
    headings = enumerate(_chosen(page.headings, count - 1), start=1)
    return featured, *(_section_prompt(page, subject, heading, at) for at, heading in headings)


def _section_prompt(page: Page, subject: str, heading: str, at: int) -> ImagePrompt:
    """Return the prompt of a section's image, the `at`th after the featured one."""
    texts = _prompt(heading, subject), _alt(heading, subject), _file(page, heading, at)
    return ImagePrompt(at, "section", heading, *texts, *SECTION)


def _chosen(headings: tuple[str, ...], count: int) -> list[str]:
    plain = list(dict.fromkeys(filter(None, map(_plain, headings))))
    telling = [h for h in plain if not DULL & set(_words(h))] or plain
    if len(telling) < count:
        telling = plain
    if count >= len(telling):
        return telling
    return [telling[at * len(telling) // count] for at in range(max(0, count))]


def _prompt(about: str, subject: str) -> str:
    words = set(_words(about))
    scene, light = next(((s, light) for markers, s, light in SCENES if words & set(markers)), PLAIN)
    theme = f"“{_cut(about, 160)}”"
    if subject.casefold() not in about.casefold():
        theme += f", part of an article about {_cut(subject, 120)}"
    return (
        f"Editorial photograph for {theme}. Show {scene}. Style: realistic, {light}; "
        "one focal point, wide 16:9 framing, nothing important at the edges. "
        "No text, letters, numbers, logos or watermarks."
    )


def _alt(about: str, subject: str) -> str:
    if not subject or subject.casefold() in about.casefold():
        return _cut(about, ALT_LIMIT)
    about = _cut(about, 80)
    return f"{about} – {_cut(subject, ALT_LIMIT - 3 - len(about))}"


def _file(page: Page, heading: str, at: int) -> str:
    spelled = GERMAN if page.language.split("-")[0].casefold() == "de" else ()
    base = slugify(page.slug, max_length=60, word_boundary=True) or "image"
    part = (
        slugify(heading, max_length=40, word_boundary=True, replacements=spelled) if heading else ""
    )
    return "-".join(filter(None, (base, str(at) if at else "", part))) + ".webp"


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())


def _words(text: str) -> list[str]:
    return [word.strip(".,:;!?()“”\"'’") for word in text.casefold().split()]


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1].rsplit(" ", 1)[0] if " " in text[: limit - 1] else text[: limit - 1]
    return head.rstrip(" ,.:;–-") + "…"
