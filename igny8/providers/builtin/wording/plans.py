"""Load the plans of a language: outlines for a marker word and a kind of subject.

See data/README.md for the format of data/plans.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "plans"
FIELD = re.compile(r"\s*\|\s*")
HEADER = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
CONDITION = re.compile(r"^\?(!?)(\w+) ")
MIN_OPTIONAL, MIN_SECTIONS = 2, 6  # sections that an outline takes of the optional, and in all


@dataclass(frozen=True, slots=True)
class Plan:
    """An outline with its first question, titles, facts and images; ids name its sections."""

    name: str
    sign: re.Pattern | None
    kinds: tuple[str, ...]
    families: tuple[str, ...]
    family: str
    reader: str
    question: str
    titles: tuple[str, ...]
    facts: tuple[str, ...]
    media: tuple[str, ...]
    angles: tuple[str, ...]
    fixed: tuple[str, ...]
    optional: tuple[str, ...]
    order: tuple[str, ...]
    tags: frozenset[str] = frozenset()
    barred: re.Pattern | None = None
    conditions: tuple[tuple[str, str, bool], ...] = ()  # (line or section, tag, whether wanted)

    @property
    def optional_count(self) -> int:
        """Return how many of its optional sections an outline includes."""
        return max(MIN_OPTIONAL, MIN_SECTIONS - len(self.fixed))

    def fits(self, line: str, kind: str, family: str, tags: frozenset[str] = frozenset()) -> bool:
        """Return whether this plan is for a folded keyword of a kind, a family and tags."""
        if self.kinds and kind not in self.kinds:
            return False
        if self.families and family not in self.families:
            return False
        if self.tags and not self.tags & tags:
            return False
        if self.barred is not None and self.barred.search(line):
            return False
        return self.sign is None or bool(self.sign.search(line))

    def tailored(self, tags: frozenset[str]) -> "Plan":
        """Return the plan without the lines and sections whose condition the tags do not meet."""
        dropped = {text for text, tag, wanted in self.conditions if (tag in tags) is not wanted}
        if not dropped:
            return self
        names = ("titles", "facts", "media", "angles", "fixed", "optional", "order")
        kept: dict[str, Any] = {
            name: tuple(one for one in getattr(self, name) if one not in dropped) for name in names
        }
        return replace(self, **kept)


def load_plans(language: str) -> tuple[tuple[Plan, ...], dict[str, tuple[str, ...]]]:
    """Return the plans of a language, most specific first, and their own sections."""
    path = FOLDER / f"{language}.txt"
    if not path.is_file():
        return (), {}
    names = HEADER.split(path.read_text(encoding="utf-8"))[1:]
    sections: dict[str, tuple[str, ...]] = {}
    plans = [
        read_plan(name, body, sections) for name, body in zip(names[::2], names[1::2], strict=True)
    ]
    return tuple(plans), sections


def read_plan(name: str, body: str, sections: dict[str, tuple[str, ...]]) -> Plan:
    """Return the plan of a name and its lines; add the fields of its own sections."""
    lines = [line.strip() for line in body.splitlines() if line.strip()[:1] not in ("", "#")]
    values = dict(line.split(": ", 1) for line in lines if line[0] not in "+~")
    conditions: list[tuple[str, str, bool]] = []
    outline = []
    for number, line in enumerate((line for line in lines if line[0] in "+~"), 1):
        section = _section(f"{name}_{number}", line[1:].strip(), sections, conditions)
        outline.append((line[0], section))

    def listed(field: str) -> tuple[str, ...]:
        return tuple(_plain(text, conditions) for text in FIELD.split(values[field]))

    return Plan(
        name=name,
        sign=re.compile(values["when"]) if "when" in values else None,
        kinds=tuple(values.get("kinds", "").split()),
        families=tuple(values.get("families", "").split()),
        family=values.get("as", ""),
        reader=values["reader"],
        question=values["ask"],
        titles=listed("titles"),
        facts=listed("facts"),
        media=listed("media"),
        angles=listed("angles"),
        fixed=tuple(section for mark, section in outline if mark == "+"),
        optional=tuple(section for mark, section in outline if mark == "~"),
        order=tuple(section for _, section in outline),
        tags=frozenset(values.get("tags", "").split()),
        barred=re.compile(values["unless"]) if "unless" in values else None,
        conditions=tuple(conditions),
    )


def _plain(text: str, conditions: list[tuple[str, str, bool]], name: str = "") -> str:
    """Return a line without its condition ("?tag ", "?!tag "), which is noted for it."""
    found = CONDITION.match(text)
    bare = text[found.end() :] if found else text
    if found:
        conditions.append((name or bare, found[2], not found[1]))
    return bare


def _section(
    own: str,
    text: str,
    sections: dict[str, tuple[str, ...]],
    conditions: list[tuple[str, str, bool]],
) -> str:
    """Return the id of a section: "=id" refers to one of [sections]; other text is new."""
    if text.startswith("="):
        return text[1:]
    sections[own] = tuple(FIELD.split(_plain(text, conditions, own)))
    return own
