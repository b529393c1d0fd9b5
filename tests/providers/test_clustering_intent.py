"""The intent of a cluster: the file's own first, else a guess."""

import pytest

from igny8.providers.base import Phrase
from igny8.providers.builtin.clustering.intent import guess_intent, intent_of, stated_intents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how to clean a grinder", "informational"),
        ("best coffee grinder", "commercial"),
        ("buy coffee beans", "transactional"),
        ("coffee shop near me", "local"),
        ("paypal login", "navigational"),
        ("how much is a cheap grinder", "informational"),
        ("coffee", None),
    ],
)
def test_marker_words_indicate_the_intent(text, expected):
    assert guess_intent(text) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("Informational, Commercial", ("informational", "commercial")),
        ("N", ("navigational",)),
        ("Informational,Non-branded", ("informational",)),
        (None, ()),
        ("whatever", ()),
    ],
)
def test_intent_columns_are_read(column, expected):
    assert stated_intents(column) == expected


def test_intent_of_the_file_wins_over_words():
    assert intent_of([Phrase(0, "how to buy", intent="commercial")]) == "commercial"


def test_intent_with_the_most_volume_wins():
    rows = [
        Phrase(0, "a", 10, intent="commercial"),
        Phrase(1, "b", 90, intent="local"),
        Phrase(2, "c", 20, intent="commercial"),
    ]
    assert intent_of(rows) == "local"


def test_cluster_without_markers_is_informational():
    assert intent_of([Phrase(0, "coffee")]) == "informational"
