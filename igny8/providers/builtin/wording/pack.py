"""Read the wording of a language from its file in data/: see data/README.md for the format."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
LANGUAGES = tuple(sorted(path.stem for path in DATA.glob("*.txt")))
FIELD = re.compile(r"\s*\|\s*")


@dataclass(frozen=True, slots=True)
class SectionText:
    """Words of a section: a label for titles, its heading, and what the writer has to find out."""

    label: str
    heading: str
    instruction: str


@dataclass(frozen=True, slots=True)
class Pack:
    """All words of one language, by the names that its file gives them."""

    language: str
    sections: dict[str, SectionText]
    readers: dict[str, str]
    facts: dict[str, tuple[str, ...]]
    angles: dict[str, tuple[str, ...]]
    media: dict[str, tuple[str, ...]]
    answers: dict[str, str]
    questions: dict[str, str]
    titles: dict[str, tuple[str, ...]]
    meta: tuple[str, ...]
    brief: dict[str, str]
    kinds: dict[str, tuple[str, ...]]
    spellings: dict[str, str]
    marks: tuple[tuple[str, re.Pattern], ...]
    stops: frozenset[str]
    asking: re.Pattern | None
    verbs: tuple[str, ...]

    @property
    def is_spaced(self) -> bool:
        """Return whether words of the language are written with spaces between them."""
        return self.language not in ("ja", "zh")

    @property
    def joins(self) -> str:
        """Return the word for "and" with its spaces: a label that has it is a list already."""
        words = {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en"}
        return f" {words[self.language]} " if self.language in words else "と"

    def number(self, value: float | None) -> str:
        """Return a whole number with the separators of the language, a dash for None."""
        marks = {"en": ",", "ja": ",", "zh": ",", "fr": "\u202f"}
        return "–" if value is None else f"{value:,.0f}".replace(",", marks.get(self.language, "."))

    @property
    def colon(self) -> str:
        """Return the separator between a keyword and the text after it."""
        return {"fr": " : ", "ja": "：", "zh": "："}.get(self.language, ": ")


def primary_language(tag: str) -> str:
    """Return the first part of a language tag in lower case: "en" for "en-GB"."""
    return re.split(r"[-_]", tag.strip().casefold())[0] or "en"


@cache
def load_pack(language: str) -> Pack | None:
    """Return the Pack of a language tag, or None if there is none."""
    name = primary_language(language)
    if name not in LANGUAGES:
        return None
    parts = _parts((DATA / f"{name}.txt").read_text(encoding="utf-8"))

    def lists(section: str) -> dict[str, tuple[str, ...]]:
        return {key: tuple(FIELD.split(text)) for key, text in _lines(parts[section])}

    spelled = " ".join(parts.get("abbreviations", ())).split()
    asking = " ".join(parts.get("asking", ())).strip()
    return Pack(
        language=name,
        sections={key: SectionText(*values) for key, values in lists("sections").items()},
        readers=dict(_lines(parts["readers"])),
        facts=lists("facts"),
        angles=lists("angles"),
        media=lists("media"),
        answers=dict(_lines(parts["answers"])),
        questions=dict(_lines(parts["questions"])),
        titles=lists("titles"),
        meta=lists("meta")["any"],
        brief=dict(_lines(parts["brief"])),
        kinds={key: tuple(text.split()) for key, text in _lines(parts["kinds"])},
        spellings={word.casefold(): word for word in spelled},
        marks=tuple((voice, re.compile(text)) for voice, text in _lines(parts.get("marks", ()))),
        stops=frozenset(" ".join(parts.get("stop", ())).split()),
        asking=re.compile(asking) if asking else None,
        verbs=tuple(" ".join(parts.get("verbs", ())).split()),
    )


def require_pack(language: str) -> Pack:
    """Return the Pack of a language tag; raise LookupError where there is none."""
    pack = load_pack(language)
    if pack is None:
        raise LookupError(f"no pack of words for {language!r}")
    return pack


def pack_or_english(language: str) -> Pack:
    """Return the Pack of a language tag, the English one where there is none."""
    return load_pack(language) or require_pack("en")


def _parts(text: str) -> dict[str, list[str]]:
    """Return the lines below each [section] of a file, without comments and empty lines."""
    parts: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            lines = parts.setdefault(line[1 : line.index("]")], [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line.strip())
    return parts


def _lines(lines: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (name, text) of lines "name: text"."""
    return [(name, text) for name, _, text in (line.partition(": ") for line in lines)]
