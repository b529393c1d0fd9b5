"""Find the most similar page for each text with the features used for clustering."""

from collections.abc import Sequence

import numpy as np

from igny8.providers.base import NearestPages
from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.features import build_features
from igny8.providers.builtin.clustering.text import Reader
from igny8.providers.builtin.clustering.vectors import source_for

CHUNK = 500


def nearest(texts: Sequence[str], pages: Sequence[Sequence[str]], language: str) -> NearestPages:
    """Return for each text the most similar page, by any of the names of the page.

    The similarity is a cosine, 0 … 1; a text or name without words has similarity 0 to everything.
    """
    reader = Reader(language)
    names = [(number, name) for number, page in enumerate(pages) for name in page]
    read = [reader.read(text) for text in (*texts, *(name for _, name in names))]
    places = [place for place, keyword in enumerate(read) if keyword is not None]
    keywords = [keyword for keyword in read if keyword is not None]
    found = np.full(len(texts), -1), np.zeros(len(texts))
    owners = np.array([names[p - len(texts)][0] for p in places if p >= len(texts)], dtype=np.int64)
    features = build_features(keywords, source_for(keywords, reader.language))
    dense, lexical = features.dense(), features.sparse_rows()
    first = len(places) - len(owners)
    for start in range(0, first if len(owners) else 0, CHUNK):
        rows = slice(start, min(start + CHUNK, first))
        products = features.weight * (dense[rows] @ dense[first:].T)
        products += (lexical[rows] @ lexical[first:].T).toarray()
        best = products.argmax(axis=1)
        at = np.array(places[rows])
        found[0][at] = owners[best]
        found[1][at] = products[np.arange(len(best)), best] / features.scale
        progress_reporter.report("cut", rows.stop / first)
    scores = tuple(round(float(score), 2) for score in np.clip(found[1], 0, 1))
    return NearestPages(features.method, tuple(int(page) for page in found[0]), scores)
