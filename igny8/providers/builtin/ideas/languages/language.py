"""Wording of one language, as its module gives it: lines of "name: values"."""

import re
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True, slots=True)
class LanguageWording:
    """`marks` are (voice, pattern), the first that is found counts; `endings` by voice, `headings` by role."""

    marks: tuple[tuple[str, re.Pattern], ...]
    endings: dict[str, tuple[str, ...]]
    headings: dict[str, str]
    meta: tuple[str, ...]

    @classmethod
    def of(cls, module: ModuleType) -> "LanguageWording":
        """Return the wording that a module of this package holds."""
        marks = tuple((voice, re.compile(pattern)) for voice, pattern in _lines(module.MARKS))
        endings = {voice: tuple(text.split(" | ")) for voice, text in _lines(module.ENDINGS)}
        return cls(
            marks, endings, dict(_lines(module.HEADINGS)), tuple(module.META.strip().splitlines())
        )

    def voice_of(self, text: str) -> str:
        """Return the voice of a keyword, "guide" where no word tells."""
        line = " ".join(text.casefold().replace("’", "'").rstrip("?!. ").split())
        return next((voice for voice, sign in self.marks if sign.search(line)), "guide")


def _lines(text: str) -> list[tuple[str, str]]:
    return [tuple(line.split(": ", 1)) for line in text.strip().splitlines()]
