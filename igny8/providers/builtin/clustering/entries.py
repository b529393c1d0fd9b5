"""Read the phrases to cluster; phrases with the same words become one entry."""

from collections.abc import Iterable
from dataclasses import dataclass

from igny8.providers.base import Phrase
from igny8.providers.builtin.clustering.evidence import Evidence, evidence_of
from igny8.providers.builtin.clustering.text import Keyword, Reader

UNREADABLE = "It has neither a letter nor a digit."


@dataclass(frozen=True, slots=True)
class Entry:
    """The phrases with the same words, ordered by text."""

    text: str
    keyword: Keyword
    phrases: tuple

    @property
    def volume(self) -> int:
        """Return the highest volume, 0 if none is known."""
        return max(phrase.demand for phrase in self.phrases)

    @property
    def evidence(self) -> Evidence:
        """Return the evidence that the file contains besides the text."""
        return evidence_of(self.phrases)


def read_entries(phrases: Iterable[Phrase], reader: Reader) -> tuple[list[Entry], dict[int, str]]:
    """Return the Entries of phrases, sorted, and {key: reason} of those that cannot be read."""
    alike: dict[str, tuple[Keyword, list[Phrase]]] = {}
    unreadable: dict[int, str] = {}
    for phrase in sorted(phrases, key=lambda phrase: (phrase.text, phrase.key)):
        keyword = reader.read(phrase.text)
        if keyword is None:
            unreadable[phrase.key] = UNREADABLE
        else:
            alike.setdefault(" ".join(keyword.words), (keyword, []))[1].append(phrase)
    return [
        Entry(text, keyword, tuple(group)) for text, (keyword, group) in sorted(alike.items())
    ], unreadable
