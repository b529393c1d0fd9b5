"""Split text into the tokens of BERT's uncased vocabulary.

Source: WordPiece (Wu et al. 2016, arXiv 1609.08144) after the basic tokenizer of
https://github.com/google-research/bert/blob/master/tokenization.py
"""

import unicodedata
from pathlib import Path

UNKNOWN = 100  # the token [UNK]
MAX_WORD_CHARS = 100  # BERT's own limit, beyond which a word is unknown


class WordPiece:
    """The vocabulary; each line of its file is a token, numbered from 0."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        self._number = {token: number for number, token in enumerate(lines)}
        self._known: dict[str, list[int]] = {}

    def tokens(self, text: str) -> list[int]:
        """Return the token numbers of a text, [UNK] for a word outside the vocabulary."""
        found: list[int] = []
        for word in words_and_marks(text):
            if word not in self._known:
                self._known[word] = self.pieces(word) or [UNKNOWN]
            found.extend(self._known[word])
        return found

    def pieces(self, word: str) -> list[int]:
        """Return the token numbers of a folded word, longest match first; empty if unknown."""
        found, start = [], 0
        while start < len(word) <= MAX_WORD_CHARS:
            end, number = self._longest(word, start)
            if number is None:
                return []
            found.append(number)
            start = end
        return found

    def _longest(self, word: str, start: int) -> tuple[int, int | None]:
        """Return the end and number of the longest token at a position, or None."""
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            number = self._number.get(mark + word[start:end])
            if number is not None:
                return end, number
        return start, None


def words_and_marks(text: str) -> list[str]:
    """Return the words, punctuation marks and ideographs of a text, without case and accents."""
    folded = unicodedata.normalize("NFD", text.lower())
    spaced = []
    for char in folded:
        category = unicodedata.category(char)
        if category == "Mn":
            continue
        if category[0] == "P" or (char.isascii() and category[0] == "S") or _is_ideograph(char):
            spaced.append(f" {char} ")
        else:
            spaced.append(" " if category[0] in "CZ" else char)
    return "".join(spaced).split()


def _is_ideograph(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\U00020000"
