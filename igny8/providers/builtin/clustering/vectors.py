"""Look up the static word vectors that are shipped beside this module."""

import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.encoder import WIDTH, load_encoder

DATA = Path(__file__).parent / "data"
ENCODER_UP_TO = 20_000  # keywords
ENCODER_NAME = "MiniLM"  # what a plan says compared its keywords
LANGUAGES = ("en",)  # the languages that the table knows
LONGEST_GIVEN = 300  # characters of a text by which a model was asked for it
LONGEST_WORD = 100  # characters; BERT's own limit, beyond which a word is unknown


class Given:
    """Vectors that a model gave for whole keywords, in the order of these."""

    method, alone = "given", False

    def __init__(self, vectors, texts):
        """Take the rows of texts out of base.Vectors; a text that it lacks has no vector."""
        width = len(next(iter(vectors.rows.values()), b"")) // 4
        self._rows = np.zeros((len(texts), width), dtype=np.float32)
        for place, text in enumerate(texts):
            found = vectors.rows.get(text[:LONGEST_GIVEN])
            if found is not None:
                self._rows[place] = np.frombuffer(found, dtype="<f4")

    def of(self, counts, words):
        """Return the vectors, (keywords, dimensions), and which of them say something, whatever their words."""
        lengths = np.linalg.norm(self._rows, axis=1)
        return self._rows, np.isfinite(lengths) & (lengths > 0)


class Sentences:
    """Vectors of whole keywords by the sentence encoder; they need no lexical rows beside them."""

    method, alone = "encoder", True

    def __init__(self, keywords):
        texts = [" ".join(keyword.words) for keyword in keywords]
        known = [is_latin(text) for text in texts]
        self._known = np.array(known, dtype=bool)
        self._rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        order = sorted((text, place) for place, text in enumerate(texts) if known[place])
        places = [place for _, place in order]
        encoder = load_encoder()
        self._rows[places] = encoder.encode(
            [text for text, _ in order], lambda share: progress_reporter.report("read", share)
        )

    def of(self, counts, words):
        """Return the vectors, (keywords, dimensions), and which keywords are of a script it knows."""
        return self._rows, self._known & self._rows.any(axis=1)


def is_latin(text):
    """Tell whether a text can be written in ASCII once its accents are taken off."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Mn").isascii()


class Table:
    """The table of vectors, (tokens, dimensions), with the vocabulary that numbers its rows."""

    method, alone = "table", False

    def __init__(self, folder):
        self.rows = np.load(folder / "vectors.npy").astype(np.float32)
        tokens = (folder / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
        self._number = {token: number for number, token in enumerate(tokens)}

    def sums(self, words):
        """Return the sum of each word's token vectors, (words, dimensions), and their counts."""
        starts, numbers = [0], []
        for word in words:
            numbers.extend(self.pieces(word))
            starts.append(len(numbers))
        used = sparse.csr_array(
            (np.ones(len(numbers), dtype=np.float32), numbers, starts),
            shape=(len(words), len(self.rows)),
        )
        return used @ self.rows, np.diff(starts)

    def of(self, counts, words):
        """Return the sums of the keywords' token vectors, (keywords, dimensions), and which have any.

        `counts` (keywords, words) says how often each word is in each keyword.
        """
        sums, tokens = self.sums(words or [""])
        return counts @ sums, counts @ tokens > 0

    def pieces(self, word):
        """Return the token numbers of a folded word, longest match first; empty if unknown.

        Words of other scripts count as unknown: the table has but single letters of them.
        Source: WordPiece as in BERT's uncased vocabularies (Wu et al. 2016, arXiv 1609.08144).
        """
        plain = "".join(
            c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn"
        )
        if not plain.isascii():
            return []
        found, start = [], 0
        while start < len(plain) <= LONGEST_WORD:
            end, number = self._longest(plain, start)
            if number is None:
                return []
            found.append(number)
            start = end
        return found

    def _longest(self, word, start):
        """Return the end and number of the longest token at a place, None if there is none."""
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            number = self._number.get(mark + word[start:end])
            if number is not None:
                return end, number
        return start, None


@lru_cache(maxsize=1)
def table_for(language, folder=DATA):
    """Return the Table that knows a language; None if there is none or the file is missing."""
    if language not in LANGUAGES or not (folder / "vectors.npy").exists():
        return None
    return Table(folder)


def source_for(keywords, language):
    """Return what gives the keywords of a language their vectors, None where nothing does.

    The encoder compares better; beyond ENCODER_UP_TO keywords the table is many times quicker.
    """
    if language in LANGUAGES and len(keywords) <= ENCODER_UP_TO and load_encoder() is not None:
        return Sentences(keywords)
    return table_for(language)
