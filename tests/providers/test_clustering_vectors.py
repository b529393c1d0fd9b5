"""The table of word vectors that is shipped."""

import hashlib

import pytest

from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin.clustering import cluster, plan
from igny8.providers.builtin.clustering.vectors import DATA, Table, table_for

HASHES = {
    "vectors.npy": "74acbf1c00c91b1964d2fd51fee443661fc33f5ce5fbf347597b862da273a128",
    "vocabulary.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


@pytest.mark.parametrize("name", HASHES)
def test_the_table_is_the_one_that_the_script_made(name):
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == HASHES[name]


def test_the_table_and_its_notice_fit_in():
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 16 * 2**20
    assert "Apache License, Version 2.0" in (DATA / "NOTICE").read_text("utf-8")


def test_words_are_cut_into_the_longest_pieces():
    table = Table(DATA)
    tokens = (DATA / "vocabulary.txt").read_text("utf-8").splitlines()
    assert [tokens[n] for n in table.pieces("grinders")] == ["grind", "##ers"]
    assert [tokens[n] for n in table.pieces("café")] == ["cafe"]
    assert table.pieces("кофе") == []


def test_other_languages_do_without_the_table():
    assert table_for("fr") is None


def test_a_missing_table_is_done_without(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "table_for", lambda language: table_for(language, tmp_path))
    texts = "burr coffee grinder", "coffee grinder burr", "mortgage rates"
    rows = tuple(Phrase(key, text) for key, text in enumerate(texts))
    result = cluster(rows, (), ClusterOptions())
    assert sorted(one.members for one in result.clusters) == [(0, 1), (2,)]
