"""Load the plans of a language: outlines for a marker word and a kind of subject.

See data/README.md for the format of data/plans.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "plans"
FIELD = re.compile(r"\s*\|\s*")
HEADER = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
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

    @property
    def optional_count(self) -> int:
        """Return how many of its optional sections an outline includes."""
        return max(MIN_OPTIONAL, MIN_SECTIONS - len(self.fixed))

    def fits(self, line: str, kind: str, family: str) -> bool:
        """Return whether this plan is for a folded keyword of a kind and a family."""
        if self.kinds and kind not in self.kinds:
            return False
        if self.families and family not in self.families:
            return False
        return self.sign is None or bool(self.sign.search(line))


def load_plans(language: str) -> tuple[tuple[Plan, ...], dict[str, tuple[str, ...]]]:
    """Return the plans of a language, most specific first, and their own sections."""
    path = FOLDER / f"{language}.txt"
    if not path.is_file():
        return (), {}
    names = HEADER.split(path.read_text(encoding="utf-8"))[1:]
    sections: dict[str, tuple[str, ...]] = {}
    plans = [
        _plan(name, body, sections) for name, body in zip(names[::2], names[1::2], strict=True)
    ]
    return tuple(plans), sections


def _plan(name: str, body: str, sections: dict[str, tuple[str, ...]]) -> Plan:
    lines = [line.strip() for line in body.splitlines() if line.strip()[:1] not in ("", "#")]
    values = dict(line.split(": ", 1) for line in lines if line[0] not in "+~")
    outline = [
        (line[0], _section(f"{name}_{number}", line[1:].strip(), sections))
        for number, line in enumerate((line for line in lines if line[0] in "+~"), 1)
    ]
    return Plan(
        name=name,
        sign=re.compile(values["when"]) if "when" in values else None,
        kinds=tuple(values.get("kinds", "").split()),
        families=tuple(values.get("families", "").split()),
        family=values.get("as", ""),
        reader=values["reader"],
        question=values["ask"],
        titles=tuple(FIELD.split(values["titles"])),
        facts=tuple(FIELD.split(values["facts"])),
        media=tuple(FIELD.split(values["media"])),
        angles=tuple(FIELD.split(values["angles"])),
        fixed=tuple(section for mark, section in outline if mark == "+"),
        optional=tuple(section for mark, section in outline if mark == "~"),
        order=tuple(section for _, section in outline),
    )


def _section(own: str, text: str, sections: dict[str, tuple[str, ...]]) -> str:
    """Return the id of a section: "=id" refers to one of [sections]; other text is new."""
    if text.startswith("="):
        return text[1:]
    sections[own] = tuple(FIELD.split(text))
    return own
