"""Measure the built-in clustering: quality on labelled lists and CPU seconds on long ones.

    python bench/clustering.py                       # quality, 3,000 and 10,000 keywords
    python bench/clustering.py --sizes 100000        # two minutes, 1.5 GB

Figures are told beside those of a floor that anyone would write first: words weighted by TF-IDF,
joined wherever two keywords' cosine reaches one half. The lists in bench/data were written by hand
for this purpose, before anything was measured on them: about 160 keywords of one trade each,
and all three together; and about 85 keywords each in five other languages (named by their code), which are
compared by the encoder of `igny8[languages]`. One choice was made on them since: that function words do not count in the
vectors either (B³ of pages 0.69 before). "half" is the same list where the file groups every second
keyword. The long lists are made up, and only good for measuring time.
"""

import argparse
import random
import resource
import time
from collections import Counter
from math import comb
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin.clustering import cluster
from igny8.providers.builtin.clustering.features import ROW_LENGTH, build_features
from igny8.providers.builtin.clustering.text import Reader
from igny8.providers.builtin.clustering.vectors import DATA

LISTS = Path(__file__).parent / "data"
FRAMES = """{}|best {}|cheap {}|{} review|how to choose {}|{} for beginners|{} online|{} near me|
    what is {}|{} guide|{} price|top rated {}|{} vs {b}|{} ideas|{} for small {b}|{} {b}|{b} {}|
    does {} need {b}|{} tips|used {}|{} problems|why is {} {b}|buy {}|{} without {b}"""


def main():
    """Print one table of quality and one of cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[3_000, 10_000])
    chosen = parser.parse_args()
    print("list        level    n    true found  B3     ARI    floor B3, ARI   single largest cut")
    for name, rows in lists().items():
        print(quality(name, rows))
    print("\nkeywords   CPU s   floor CPU s   times   clusters   peak MB")
    for size in chosen.sizes:
        print(cost(made_up(size)))


def lists():
    """Return {name: [(topic, page, keyword)]} of the labelled lists, and of all together."""
    found = {path.stem: read(path) for path in sorted(LISTS.glob("*.txt"))}
    english = [rows for name, rows in found.items() if language_of(name) == "en"]
    return found | {"all": [row for rows in english for row in rows]}


def language_of(name):
    """Return the language of a labelled list: "de" for "de-garten", else English."""
    code, dash, _ = name.partition("-")
    return code if dash else "en"


def read(path):
    """Return [(topic, page, keyword)] of a labelled list."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            labels, _, keywords = line.partition(" : ")
            topic, _, page = labels.partition(" > ")
            rows.extend((topic, page, keyword.strip()) for keyword in keywords.split(";"))
    return rows


def made_up(size, seed=8):
    """Return keywords put together from the vocabulary: about a dozen for a page of two words."""
    chance = random.Random(seed)
    tokens = (DATA / "vocabulary.txt").read_text(encoding="utf-8").splitlines()[1996:]
    words = [token for token in tokens if token.isascii() and token.isalpha() and len(token) > 3]
    frames, found = [frame.strip() for frame in FRAMES.split("|")], set()
    while len(found) < size:
        page = " ".join(chance.sample(words[:6_000], 2))
        beside = chance.sample(words, 3)
        for frame in chance.sample(frames, min(len(frames), int(chance.paretovariate(1.2)) + 5)):
            found.add(frame.format(page, b=chance.choice(beside)))
    return sorted(found)[:size]


def quality(name, rows):
    """Return the lines of one labelled list: pages, then topics."""
    texts = [keyword for _, _, keyword in rows]
    options = ClusterOptions(language=language_of(name))
    plan = cluster(tuple(map(Phrase, range(len(texts)), texts)), (), options)
    pages, topics = np.empty(len(texts), dtype=int), np.empty(len(texts), dtype=object)
    for number, one in enumerate(plan.clusters):
        pages[list(one.members)], topics[list(one.members)] = number, one.pillar
    base = floor(texts)
    sizes = np.array(list(Counter(pages.tolist()).values()))
    lines = []
    for level, true, mine in (("pages", 1, pages), ("topics", 0, topics)):
        truth, mine = numbered([row[: true + 1] for row in rows]), numbered(mine.tolist())
        lines.append(
            f"{name:10}  {level:6}{len(rows):5}{truth.max() + 1:6}{mine.max() + 1:6}"
            f"{b_cubed(truth, mine):8.3f}{adjusted_rand(truth, mine):7.3f}"
            f"{b_cubed(truth, base):8.3f}{adjusted_rand(truth, base):7.3f}"
        )
    lines[0] += (
        f"{(sizes == 1).sum() / len(rows):11.2f}{sizes.max() / len(rows):8.3f}{plan.threshold:5.2f}"
    )
    lines.append(with_evidence(name, rows))
    return "\n".join(lines)


def with_evidence(name, rows, seed=5):
    """Return the line of one labelled list whose file groups half of the keywords."""
    chance = random.Random(seed)
    phrases = tuple(
        Phrase(at, row[2], parent=f"{row[0]} {row[1]}" if chance.random() < 0.5 else None)
        for at, row in enumerate(rows)
    )
    plan = cluster(phrases, (), ClusterOptions(language=language_of(name)))
    pages = np.empty(len(rows), dtype=int)
    for number, one in enumerate(plan.clusters):
        pages[list(one.members)] = number
    truth = numbered([row[:2] for row in rows])
    return (
        f"{name:10}  {'half':6}{len(rows):5}{truth.max() + 1:6}{pages.max() + 1:6}"
        f"{b_cubed(truth, pages):8.3f}{adjusted_rand(truth, pages):7.3f}"
    )


def cost(texts):
    """Return the line of one long list."""
    start = time.process_time()
    plan = cluster(tuple(map(Phrase, range(len(texts)), texts)), (), ClusterOptions())
    mine = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    floor(texts)
    base = time.process_time() - start
    return (
        f"{len(texts):8,}{mine:8.1f}{base:14.1f}{mine / base:8.1f}{len(plan.clusters):11,}"
        f"{peak:10,.0f}"
    )


def floor(texts):
    """Return cluster numbers by TF-IDF of words and connected components at a cosine of 0.5."""
    words = build_features([Reader("en").read(text) for text in texts], None).words
    links = []
    for start in range(0, len(texts), 1_000):
        near = (words[start : start + 1_000] @ words.T).tocoo()
        close = near.data >= ROW_LENGTH * ROW_LENGTH / 2
        links.append((near.row[close] + start, near.col[close]))
    first, second = map(np.concatenate, zip(*links, strict=True))
    graph = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(len(texts),) * 2)
    return connected_components(graph, directed=False)[1]


def numbered(labels):
    """Return labels as numbers 0 … m - 1."""
    numbers = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels])


def b_cubed(truth, found):
    """Return B³ F1. Source: Bagga and Baldwin 1998; Amigó et al. 2009."""
    both = Counter(zip(truth.tolist(), found.tolist(), strict=True))
    true_sizes, found_sizes = np.bincount(truth), np.bincount(found)
    precision = sum(n * n / found_sizes[f] for (_, f), n in both.items()) / len(truth)
    recall = sum(n * n / true_sizes[t] for (t, _), n in both.items()) / len(truth)
    return 2 * precision * recall / (precision + recall)


def adjusted_rand(truth, found):
    """Return the adjusted Rand index. Source: Hubert and Arabie 1985."""
    both = sum(
        comb(n, 2) for n in Counter(zip(truth.tolist(), found.tolist(), strict=True)).values()
    )
    true_pairs = sum(comb(int(n), 2) for n in np.bincount(truth))
    found_pairs = sum(comb(int(n), 2) for n in np.bincount(found))
    expected = true_pairs * found_pairs / comb(len(truth), 2)
    return (both - expected) / ((true_pairs + found_pairs) / 2 - expected)


if __name__ == "__main__":
    main()
