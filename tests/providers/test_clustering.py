"""The built-in clustering: what it promises whatever the keywords are."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from igny8.providers.base import INTENTS, ClusterOptions, KnownCluster, Phrase
from igny8.providers.builtin.clustering import cluster

LISTS = Path(__file__).parents[2] / "bench" / "data"
WORDS = st.sampled_from(
    [
        "coffee",
        "grinder",
        "best",
        "how",
        "clean",
        "dog",
        "food",
        "puppy",
        "loan",
        "rates",
        "café",
        "咖啡",
        "☕",
    ]
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), max_size=25)


def phrases(*texts, **fields):
    return tuple(Phrase(key, text, **fields) for key, text in enumerate(texts))


def plan(*texts, known=(), **options):
    return cluster(phrases(*texts), known, ClusterOptions(**options))


def groups(result):
    return sorted(sorted(one.members) for one in result.clusters)


def placed(result):
    return sorted([key for one in result.clusters for key in one.members] + [*result.unclustered])


def realistic():
    lines = "\n".join(path.read_text("utf-8") for path in sorted(LISTS.glob("*.txt"))).splitlines()
    lists = [line.partition(" : ")[2].split("; ") for line in lines if not line.startswith("#")]
    return [keyword for keywords in lists for keyword in keywords]


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.randoms())
def test_order_of_rows_changes_nothing(texts, chance):
    rows = list(phrases(*texts, volume=10))
    shuffled = chance.sample(rows, len(rows))
    assert cluster(rows, (), ClusterOptions()) == cluster(shuffled, (), ClusterOptions())


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.lists(TEXTS.map(tuple), max_size=3), st.sampled_from(["en", "fr", "zh", "xx"]))
def test_every_phrase_is_accounted_for_once(texts, members, language):
    known = [KnownCluster(10 + n, f"known {n}", group) for n, group in enumerate(members)]
    assert placed(plan(*texts, known=known, language=language)) == list(range(len(texts)))


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.lists(st.sampled_from(["coffee", "Dog Food", "best"]), max_size=2))
def test_names_and_slugs_are_always_unique(texts, taken):
    result = plan(*texts, taken_names=tuple(taken))
    names = [one.name.casefold() for one in result.clusters] + [*map(str.casefold, set(taken))]
    assert len(names) == len(set(names))
    assert len({one.slug for one in result.clusters}) == len(result.clusters)


def test_realistic_list_has_groups_of_useful_size():
    keywords = realistic()
    sizes = [len(one.members) for one in plan(*keywords).clusters]
    assert sizes.count(1) <= 0.2 * len(keywords)
    assert max(sizes) <= 0.05 * len(keywords)


def test_result_does_not_depend_on_hash_seed_and_threads():
    program = (
        "from tests.providers.test_clustering import plan, realistic;"
        "print(repr(plan(*realistic())))"
    )
    root = Path(__file__).parents[2]
    ends = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            cwd=root,
            env=os.environ
            | {"PYTHONHASHSEED": seed, "PYTHONPATH": "."}
            | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), seed),
        )
        for seed in "12"
    ]
    assert ends[0].stdout == ends[1].stdout


def test_related_keywords_are_grouped_and_unrelated_ones_are_not():
    result = plan(
        "best burr coffee grinder",
        "burr coffee grinders",
        "coffee grinder burr",
        "mortgage refinance rates",
        "refinance mortgage rate",
    )
    assert groups(result) == [[0, 1, 2], [3, 4]]


def test_synonyms_are_grouped():
    result = plan("cheap automobile", "inexpensive cars", "violin lessons", "piano teacher")
    assert [0, 1] in groups(result)


def test_clusters_belong_to_a_broader_pillar():
    result = plan(*realistic())
    assert len({one.pillar for one in result.clusters}) < len(result.clusters) / 2


def test_strictness_makes_more_and_narrower_clusters():
    counts = [len(plan(*realistic(), strictness=strictness).clusters) for strictness in (-1, 0, 1)]
    assert counts == sorted(counts) and counts[0] < counts[2]


def test_stored_threshold_is_kept():
    assert plan("coffee", "tea", threshold=0.41, vectors="MiniLM").threshold == 0.41


def test_members_are_sorted_by_text():
    assert plan("blue tea", "blue tea", "Blue  tea").clusters[0].members == (2, 0, 1)


def test_name_depends_on_volumes():
    texts = "shoe for running", "running shoe"
    for loud in range(2):
        rows = [Phrase(n, text, 9000 if n == loud else 1) for n, text in enumerate(texts)]
        assert cluster(rows, (), ClusterOptions()).clusters[0].name == texts[loud]


def test_intents_are_those_of_the_protocol():
    assert {one.intent for one in plan(*realistic()).clusters} <= {*INTENTS}


def test_similar_clusters_do_not_depend_on_how_often_a_keyword_is_repeated():
    once, often = plan(*realistic()), plan(*realistic() * 3)
    assert Counter(one.name for one in once.clusters) == Counter(one.name for one in often.clusters)


def test_parent_topic_of_the_file_influences_grouping():
    texts = (
        "when to prune hydrangeas",
        "how to prune roses",
        "felco pruners",
        "garden knife",
        "weeding tool",
        "hori hori",
        "hand rake",
        "bypass pruners",
        "prune apple trees",
        "prune shrubs",
        "garden hoe",
        "soil knife",
    )
    parents = ["pruning" if "prune " in text else "tools" for text in texts]
    told = tuple(
        Phrase(at, text, parent=parent)
        for at, (text, parent) in enumerate(zip(texts, parents, strict=True))
    )

    def mixed(rows):
        found = cluster(rows, (), ClusterOptions(threshold=0.2)).clusters
        return sum(len({parents[key] for key in one.members}) > 1 for one in found)

    assert mixed(told) <= mixed(tuple(Phrase(at, text) for at, text in enumerate(texts)))
    (joined,) = cluster(
        (Phrase(9, "garden boots", parent="a"),),
        (
            KnownCluster(1, "b", ("garden twine", "garden labels"), None, ("b", "b")),
            KnownCluster(2, "a", ("garden gloves", "garden clogs"), None, ("a", "a")),
        ),
        ClusterOptions(threshold=0.05),
    ).clusters
    assert joined.known == 2


def test_cluster_name_is_a_topic_rather_than_a_question():
    rows = tuple(
        Phrase(at, text, volume)
        for at, (text, volume) in enumerate(
            [
                ("compost bin", 49_500),
                ("what can you compost", 3_600),
                ("how to compost at home", 8_100),
            ]
        )
    )
    broad = ClusterOptions(threshold=0.01, vectors="MiniLM")
    assert cluster(rows, (), broad).clusters[0].name == "compost bin"
    (one,) = cluster((Phrase(1, "how to prune roses"),), (), ClusterOptions()).clusters
    assert one.name == "prune roses"


def test_shortened_name_ends_with_an_ellipsis():
    (one,) = cluster((Phrase(1, "word " * 40),), (), ClusterOptions()).clusters
    assert one.name.endswith("…") and len(one.name) <= 80
