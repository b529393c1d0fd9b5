"""Load the wording of a language from its file in data/: see data/README.md for the format."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.wording.plans import Plan, load_plans

DATA = Path(__file__).parent / "data"
LANGUAGES = tuple(sorted(path.stem for path in DATA.glob("*.txt")))
LINKING = (  # words before a place name that need no preposition besides
    "in|at|to|visit|near|from|of|en|a|de|à|du|für|nach|bei|aus|von|und|and|et|y|e|em|no|na|di|da|"
    "te|naar|van|par|para|por|vers|visiter|visitar|visitare"
)
FIELD = re.compile(r"\s*\|\s*")


@dataclass(frozen=True, slots=True)
class SectionText:
    """Words of a section: a label for titles, its heading, and the writer's research task."""

    label: str
    heading: str
    instruction: str


@dataclass(frozen=True, slots=True)
class Pack:
    """All wording of one language, by the names used in its file."""

    language: str
    sections: dict[str, SectionText]
    all_sections: dict[str, SectionText]  # with those of the plans
    readers: dict[str, str]
    facts: dict[str, tuple[str, ...]]
    angles: dict[str, tuple[str, ...]]
    media: dict[str, tuple[str, ...]]
    answers: dict[str, str]
    questions: dict[str, str]
    titles: dict[str, tuple[str, ...]]
    meta: tuple[str, ...]
    meta_ends: tuple[str, ...]
    brief: dict[str, str]
    kinds: dict[str, tuple[str, ...]]
    spellings: dict[str, str]
    marks: tuple[tuple[str, re.Pattern], ...]
    stops: frozenset[str]
    asking: re.Pattern | None
    verbs: tuple[str, ...]
    plans: tuple[Plan, ...]
    own: dict[str, str]
    same_stems: dict[str, str]
    phrases: tuple[tuple[re.Pattern, str], ...]
    address: tuple[tuple[re.Pattern, str], ...]
    drop: re.Pattern | None
    cities: re.Pattern | None
    materials: re.Pattern | None  # the name of a material anywhere in a text

    def addressed(self, text: str) -> str:
        """Return a question of the searcher's as one put to the searcher: "do I" as "do you"."""
        for pattern, instead in self.address:
            text = pattern.sub(instead, text)
        return text

    def names_city(self, text: str) -> bool:
        """Return whether a keyword ends with the name of a city."""
        return self.cities is not None and bool(self.cities.search(text))

    @property
    def is_spaced(self) -> bool:
        """Return whether words of the language are written with spaces between them."""
        return self.language not in ("ja", "zh")

    @property
    def joins(self) -> str:
        """Return the word for "and" with its spaces: a label that contains it is already a list."""
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
    spelled += [name for _, names in _lines(parts.get("places", ())) for name in names.split()]
    asking = " ".join(parts.get("asking", ())).strip()
    drop = " ".join(parts.get("drop", ()))
    plans, of_plans = load_plans(name)
    sections = {key: SectionText(*values) for key, values in lists("sections").items()}
    return Pack(
        language=name,
        sections=sections,
        all_sections=sections | {key: SectionText(*values) for key, values in of_plans.items()},
        readers=dict(_lines(parts["readers"])),
        facts=lists("facts"),
        angles=lists("angles"),
        media=lists("media"),
        answers=dict(_lines(parts["answers"])),
        questions=dict(_lines(parts["questions"])),
        titles=lists("titles"),
        meta=lists("meta")["any"],
        meta_ends=lists("meta")["ends"],
        brief=dict(_lines(parts["brief"])),
        kinds={key: tuple(text.split()) for key, text in _lines(parts["kinds"])},
        spellings={word.casefold(): word for word in spelled},
        marks=tuple((voice, re.compile(text)) for voice, text in _lines(parts.get("marks", ()))),
        stops=frozenset(" ".join(parts.get("stop", ())).split()),
        asking=re.compile(asking) if asking else None,
        verbs=tuple(" ".join(parts.get("verbs", ())).split()),
        plans=plans,
        own=dict(_lines(parts.get("own", ()))),
        same_stems=_same_stems(parts, name),
        phrases=_phrases(parts),
        address=tuple(
            (re.compile(pattern), text) for pattern, text in _replacements(parts.get("address", ()))
        ),
        drop=re.compile(drop, re.IGNORECASE) if drop else None,
        cities=_cities(parts),
        materials=_materials(parts),
    )


def require_pack(language: str) -> Pack:
    """Return the Pack of a language tag; raise LookupError if there is none."""
    pack = load_pack(language)
    if pack is None:
        raise LookupError(f"no pack of words for {language!r}")
    return pack


def pack_or_english(language: str) -> Pack:
    """Return the Pack of a language tag, or the English one."""
    return load_pack(language) or require_pack("en")


def _phrases(parts: dict[str, list[str]]) -> tuple[tuple[re.Pattern, str], ...]:
    """Return (pattern, replacement) pairs that add missing prepositions and hyphens.

    In [places], each line "preposition: names" applies to a name at the end of a keyword.
    """
    found = [
        (re.compile(pattern, re.IGNORECASE), text)
        for pattern, text in _replacements(parts.get("phrases", ()))
    ]
    for preposition, names in _lines(parts.get("places", ())):
        joined = "|".join(re.escape(name.replace("_", " ")) for name in names.split())
        before = rf"^(?!.*\b(?:{preposition}|{LINKING}) (?:{joined})$)(.*\S) ({joined})$"
        found.append((re.compile(before, re.IGNORECASE), rf"\1 {preposition} \2"))
    return tuple(found)


def _cities(parts: dict[str, list[str]]) -> re.Pattern | None:
    """Return the pattern of a city at the end of a keyword: the first line of [places]."""
    for _, names in _lines(parts.get("places", ()))[:1]:
        joined = "|".join(re.escape(name.replace("_", " ")) for name in names.split())
        return re.compile(rf"\S (?:{joined})$", re.IGNORECASE)
    return None


def _materials(parts: dict[str, list[str]]) -> re.Pattern | None:
    names = "|".join(parts.get("materials", ()))
    return re.compile(rf"\b(?:{names})\b", re.IGNORECASE) if names else None


def _same_stems(parts: dict[str, list[str]], language: str) -> dict[str, str]:
    """Return {stem: representative stem} of words on one line of [same]."""
    found: dict[str, str] = {}
    for line in parts.get("same", ()):
        stems = [stem for word in line.split() for stem in vocabulary.stems(word, language)]
        found |= dict.fromkeys(stems, stems[0])
    return found


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


def _replacements(lines: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (pattern, text) of lines "pattern => text"."""
    return [(pattern, text) for pattern, _, text in (line.partition(" => ") for line in lines)]
