"""The table of word vectors that is shipped."""

import hashlib

import pytest

from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin.clustering import cluster, vectors
from igny8.providers.builtin.clustering.encoder import load_encoder
from igny8.providers.builtin.clustering.vectors import DATA, Table, table_for

HASHES = {
    "encoder.npz": "29aa4922dc5c3c9bec8b96769eb0f87f1f8616488e77a3acd22267853e7c6e8c",
    "vectors.npy": "74acbf1c00c91b1964d2fd51fee443661fc33f5ce5fbf347597b862da273a128",
    "vocabulary.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


@pytest.mark.parametrize("name", HASHES)
def test_vector_table_equals_the_scripts_output(name):
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == HASHES[name]


def test_vector_table_is_packaged_within_its_size():
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 32 * 2**20
    assert "Apache License, Version 2.0" in (DATA / "NOTICE").read_text("utf-8")


def test_words_are_split_into_the_longest_tokens():
    table = Table(DATA)
    tokens = (DATA / "vocabulary.txt").read_text("utf-8").splitlines()
    assert [tokens[n] for n in table.pieces("grinders")] == ["grind", "##ers"]
    assert [tokens[n] for n in table.pieces("café")] == ["cafe"]
    assert table.pieces("кофе") == []


def test_other_languages_use_no_vector_table():
    assert table_for("fr") is None


def test_keywords_are_compared_without_encoder_and_table(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "load_encoder", lambda: None)
    monkeypatch.setattr(vectors, "table_for", lambda language: table_for(language, tmp_path))
    texts = "burr coffee grinder", "coffee grinder burr", "mortgage rates"
    rows = tuple(Phrase(key, text) for key, text in enumerate(texts))
    result = cluster(rows, (), ClusterOptions())
    assert sorted(one.members for one in result.clusters) == [(0, 1), (2,)]
    assert result.vectors == ""


def test_long_lists_are_compared_by_the_table(monkeypatch):
    monkeypatch.setattr(vectors, "ENCODER_UP_TO", 2)
    rows = tuple(Phrase(key, text) for key, text in enumerate(["tea", "green tea", "piano"]))
    assert cluster(rows, (), ClusterOptions()).vectors == ""
    assert cluster(rows[:2], (), ClusterOptions()).vectors == "MiniLM"


def test_encoder_compares_meaning_rather_than_letters():
    texts = ["cheap hotels in paris", "budget accommodation paris", "paris hilton biography"]
    found = load_encoder().encode(texts)
    near = found @ found.T
    assert near[0, 1] > near[0, 2] + 0.1
    assert abs(near[0, 0] - 1) < 1e-5


def test_encoder_vector_does_not_depend_on_other_texts():
    alone = load_encoder().encode(["burr coffee grinder"])
    among = load_encoder().encode(["tea", "burr coffee grinder", "best coffee grinder 2026"])
    assert abs(alone[0] - among[1]).max() < 1e-5
