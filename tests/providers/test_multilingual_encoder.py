"""The encoder of `igny8[languages]`: used where it is installed and has the weights that were measured."""

import pytest

from bench.clustering import b_cubed, language_of, lists, numbered
from igny8 import language_packages
from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin.clustering import cluster, multilingual
from igny8.providers.builtin.clustering.multilingual import load_multilingual_encoder

LISTS = {name: rows for name, rows in lists().items() if language_of(name) != "en"}
MIN_B_CUBED = 0.70  # of each list; the worst has 0.722


@pytest.fixture
def reloaded():
    """Load the encoder anew in this test and after it."""
    multilingual._load.cache_clear()
    yield
    multilingual._load.cache_clear()


def grouping(texts, language):
    phrases = tuple(Phrase(key, text) for key, text in enumerate(texts))
    return cluster(phrases, (), ClusterOptions(language=language))


@pytest.mark.parametrize("name", LISTS)
def test_labelled_keywords_find_their_pages(name):
    rows = LISTS[name]
    plan = grouping([row[2] for row in rows], language_of(name))
    page = {key: number for number, one in enumerate(plan.clusters) for key in one.members}
    truth, found = (
        numbered([row[:2] for row in rows]),
        numbered([page[n] for n in range(len(rows))]),
    )
    assert plan.vectors == "USE multilingual"
    assert b_cubed(truth, found) >= MIN_B_CUBED


def test_meaning_is_told_from_letters_in_other_languages():
    encoder = load_multilingual_encoder("de")
    found = encoder.encode(["günstige hotels in paris", "billige unterkunft paris", "paris hilton"])
    near = found @ found.T
    assert near[0, 1] > near[0, 2]


def test_the_order_of_keywords_changes_nothing():
    texts = [row[2] for row in LISTS["es-coche"]]
    there, back = grouping(texts, "es"), grouping(texts[::-1], "es")
    last = len(texts) - 1
    mirrored = {frozenset(last - key for key in one.members) for one in back.clusters}
    assert {frozenset(one.members) for one in there.clusters} == mirrored


def test_weights_that_were_never_measured_are_not_used(reloaded, monkeypatch, caplog):
    monkeypatch.setattr(multilingual, "WEIGHTS_SHA256", "0" * 64)
    assert load_multilingual_encoder("fr") is None
    assert "other weights" in caplog.text


def test_words_and_letters_decide_without_the_package(reloaded, monkeypatch):
    monkeypatch.setattr(multilingual.importlib.util, "find_spec", lambda name: None)
    plan = grouping(["pose parquet flottant", "parquet flottant pose", "crédit auto"], "fr")
    assert plan.vectors == ""
    assert sorted(sorted(one.members) for one in plan.clusters) == [[0, 1], [2]]


def test_only_languages_that_it_knows_are_encoded():
    assert load_multilingual_encoder("sv") is None
    assert not language_packages.lacks_encoder("en")
