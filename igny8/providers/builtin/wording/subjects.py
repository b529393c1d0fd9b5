"""Find what a keyword is about in lists of known things: see data/README.md for the format.

A known thing has tags ("dish", "powered"): they choose between plans, and drop lines of a plan
whose condition the thing does not meet. What no list knows has no tags.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.wording.inflection import known_form

FOLDER = Path(__file__).parent / "data" / "subjects"
HEAD_LAST = ("en", "de", "nl")  # the last word tells what it is, in others the first
COMPOUNDING = ("de", "nl")
LEAST_PART_CHARS = 4  # of a word that counts as the last part of a compound
LONGEST_TERM = 5  # words
SIBILANTS = ("sses", "shes", "ches", "xes", "zes", "toes")
PLACES = {"city", "region"}  # tags of names that may follow a subject
NAMES = PLACES | {"sight", "person_known", "brand", "festival", "sport_event", "calendar_day"}
NAMES |= {"known_software", "beach_place", "far_north"}  # tags of what is written with capitals
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a keyword is about: its tags and its kind, both empty where no list knows it."""

    tags: frozenset[str] = frozenset()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The known things of a language and what stands around them in keywords."""

    language: str
    tags: dict[tuple[str, ...], tuple[str, ...]]
    kinds: dict[str, str]
    hints: tuple[tuple[str, re.Pattern], ...]
    names: frozenset[tuple[str, ...]] = frozenset()
    known: frozenset[str] = frozenset()  # the words of all terms
    plain: re.Pattern = NEVER
    lead: re.Pattern = NEVER
    tail: re.Pattern = NEVER
    cut: re.Pattern = NEVER
    sides: re.Pattern = NEVER

    def find(self, line: str) -> Subject:
        """Return the Subject of a folded keyword; of two sides, the tags that both have."""
        if not self.tags:
            return Subject()
        linked = self._linked(self._words(line))
        if linked:
            return self._subject(linked)
        if not self.sides.search(line):
            found = self._find(line)
            return found if found.kind else Subject(found.tags, self._hinted(line))
        sides = [self._find(side) for side in self.sides.split(line)]
        known = [side for side in sides if side.kind]
        if not known:
            return Subject(frozenset(), self._hinted(line))
        if " and " in line:  # "universal credit and working"; but "gas or electric hob": the last
            return known[0]
        common = frozenset.intersection(*(side.tags for side in sides))
        return Subject(common, self._kind(sorted(common)) or known[-1].kind)

    def core(self, line: str) -> str:
        """Return a folded keyword without the words around its subject; never empty."""
        before, after = self._parts(line)
        return before or after or line

    def is_name(self, words: tuple[str, ...]) -> bool:
        """Return whether words in lower case are a name, and nothing else as well."""
        if words not in self.names or self.plain.search(" ".join(words)):
            return False
        key = tuple(_words(" ".join(words), self.language))
        return not set(self.tags.get(key, ())) - NAMES

    def _hinted(self, line: str) -> str:
        return next((kind for kind, sign in self.hints if sign.search(line)), "")

    def _find(self, line: str) -> Subject:
        for rest in self._steps(self.cut.split(line, maxsplit=1)[0]):
            whole = self._at_end(self._words(rest))
            if whole and len(whole) > 1:  # "self storage", although "storage" may be a modifier
                return self._subject(whole)
        before, after = self._parts(line)
        words = self._words(before or after)
        found = self._at_head(words)
        if found and len(found) < len(words) and PLACES & set(self.tags[found]):
            return self._before_place(words[: -len(found)])
        return self._subject(found) if found else Subject()

    def _before_place(self, words: list[str]) -> Subject:
        """Return what stands before the name of a city: "glazier bristol" is about a trade."""
        found = self._at_head(words)
        return self._subject(found) if found else Subject()

    def _subject(self, term: tuple[str, ...]) -> Subject:
        tags = self.tags[term]
        return Subject(frozenset(tags), self._kind(tags))

    def _kind(self, tags: Iterable[str]) -> str:
        return next((self.kinds[tag] for tag in tags if tag in self.kinds), "")

    def _parts(self, line: str) -> tuple[str, str]:
        """Return what stands before and after the first preposition, without words around it."""
        bare = self._bare(line)
        before, *after = self.cut.split(bare, maxsplit=1)
        return self._bare(before), self._bare(after[0]) if after else ""

    def _bare(self, line: str) -> str:
        return self._steps(line)[-1]

    def _steps(self, line: str) -> list[str]:
        """Return a line and what is left of it as one word after another around it is taken off."""
        steps = [line.strip()]
        while (rest := self.tail.sub("", self.lead.sub("", steps[-1])).strip()) != steps[-1]:
            steps.append(rest)
        return steps

    def _linked(self, words: list[str]) -> tuple[str, ...] | None:
        """Return the longest term with a preposition or "and" inside: "power of attorney"."""
        runs = (
            tuple(words[at : at + size])
            for size in range(LONGEST_TERM, 2, -1)
            for at in range(len(words) - size + 1)
        )
        return next((run for run in runs if run in self.tags and self._joins(run)), None)

    def _joins(self, run: tuple[str, ...]) -> bool:
        text = " ".join(run)
        return bool(self.cut.search(text) or self.sides.search(text))

    def _words(self, text: str) -> list[str]:
        words = _words(text, self.language)
        return [known_form(word, self.language, self.known) for word in words]

    def _at_head(self, words: list[str]) -> tuple[str, ...] | None:
        """Return the longest known term at the head of a noun phrase.

        In compounding languages a modifier may follow it: "Bürostuhl ergonomisch".
        """
        found = self._at_end(words)
        if found or not words or self.language not in COMPOUNDING:
            return found
        runs = (tuple(words[:size]) for size in range(min(LONGEST_TERM, len(words)), 0, -1))
        whole = next((run for run in runs if run in self.tags), None)
        return whole or self._last_part(words[-1]) or self._last_part(words[0])

    def _at_end(self, words: list[str]) -> tuple[str, ...] | None:
        """Return the longest known term where the head stands: the end, else the beginning."""
        sizes = range(min(LONGEST_TERM, len(words)), 0, -1)
        last = self.language in HEAD_LAST
        runs = (tuple(words[-size:] if last else words[:size]) for size in sizes)
        return next((run for run in runs if run in self.tags), None)

    def _last_part(self, word: str) -> tuple[str, ...] | None:
        cuts = range(1, len(word) - LEAST_PART_CHARS + 1)
        parts = (known_form(word[at:], self.language, self.known) for at in cuts)
        return next(((part,) for part in parts if (part,) in self.tags), None)


@cache
def load_subjects(language: str) -> Subjects:
    """Return the known things of a language, none where it has no file.

    A term counts as the first of the files in alphabetical order has it: en.txt, en_wordnet.txt.
    """
    found = Subjects(language, {}, {}, ())
    wider: dict[str, set[str]] = {}
    for path in sorted(FOLDER.glob(f"{language}*.txt")):
        found = _with_file(found, path, wider)
    tags = {term: _closure(own, wider) for term, own in found.tags.items()}
    return replace(found, tags=tags, known=frozenset(word for term in tags for word in term))


def _with_file(known: Subjects, path: Path, wider: dict[str, set[str]]) -> Subjects:
    """Return Subjects with those of a file; `wider` gets the tags that others imply."""
    rules: dict[str, Any] = {}
    names = set(known.names)
    kinds, hints = dict(known.kinds), list(known.hints)
    tags: dict[tuple[str, ...], tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition(": ")
        if not text or line.startswith("#"):
            continue
        if name.startswith("> "):
            rules[name[2:]] = re.compile(text)
        elif name.startswith("< "):
            hints.append((name[2:], re.compile(text)))
        else:
            tag, _, kind = name.partition(" = ")
            kinds |= {tag: kind} if kind else {}
            for term in re.split(r"\s*,\s*", text.strip(" ,")):
                if term.startswith("@"):
                    wider.setdefault(term[1:], set()).add(tag)
                    continue
                if tag in NAMES:
                    names.add(tuple(vocabulary.tokens(term)))
                key = tuple(_words(term, known.language))
                tags[key] = (*tags.get(key, ()), tag)
    found: dict[str, Any] = {"tags": tags | known.tags, "kinds": kinds, "hints": tuple(hints)}
    return replace(known, names=frozenset(names), **found, **rules)


def _closure(own: tuple[str, ...], wider: dict[str, set[str]]) -> tuple[str, ...]:
    """Return tags with those that they imply, each once, their own first."""
    found = list(dict.fromkeys(own))
    for tag in found:
        found += sorted(wider.get(tag, set()) - set(found))
    return tuple(found)


def _words(text: str, language: str) -> list[str]:
    """Return the words of a text, English ones in the singular."""
    words = vocabulary.tokens(text)
    if language == "en":
        return [_singular(word.removesuffix("'s")) for word in words]
    return words


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(SIBILANTS) else word[:-1]
