"""Odd lists of keywords: empty, alike, long, and in every script."""

import pytest

from igny8.providers.base import ClusterOptions, Phrase
from igny8.providers.builtin.clustering import cluster
from igny8.providers.builtin.clustering.text import Reader, fold


def groups(*texts, **options):
    rows = tuple(Phrase(key, text) for key, text in enumerate(texts))
    result = cluster(rows, (), ClusterOptions(**options))
    return sorted(sorted(one.members) for one in result.clusters)


def test_no_phrases_make_no_clusters():
    assert groups() == []


def test_one_phrase_makes_one_cluster():
    assert groups("coffee") == [[0]]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("coffee grinder", "coffee grinders"), [[0, 1]]),
        (("coffee grinder", "mortgage rates"), [[0], [1]]),
    ],
)
def test_two_similar_phrases_make_one_cluster(texts, expected):
    assert groups(*texts) == expected


def test_phrases_with_the_same_words_are_one_cluster():
    assert groups("Coffee Grinder", "coffee grinder", "ｃｏｆｆｅｅ　grinder!") == [[0, 1, 2]]


def test_list_of_one_word_repeated_is_one_cluster():
    assert groups(*["tea"] * 50) == [[*range(50)]]


def test_phrases_without_letters_or_digits_are_left_out_with_a_reason():
    result = cluster(
        (Phrase(4, "☕🐶"), Phrase(5, "?!"), Phrase(6, "  "), Phrase(7, "")), (), ClusterOptions()
    )
    assert result.clusters == ()
    assert set(result.unclustered) == {4, 5, 6, 7} and all(result.unclustered.values())


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("ru", ("купить кофе", "купить кофе оптом", "уроки фортепиано")),
        ("ar", ("قهوة عربية", "القهوة العربية", "دروس البيانو")),
        ("he", ("מטחנת קפה", "מטחנת קפה ידנית", "שיעורי פסנתר")),
        ("ja", ("コーヒー豆 おすすめ", "コーヒー豆 通販", "ピアノ教室")),
        ("zh", ("咖啡豆推荐", "咖啡豆品牌推荐", "钢琴课程")),
        ("hi", ("कॉफ़ी की कीमत", "कॉफ़ी कीमत", "पियानो सीखें")),
        ("de", ("kaffeemühle test", "elektrische kaffeemühle", "klavierunterricht")),
        ("en", ("купить кофе", "купить кофе оптом", "уроки фортепиано")),
    ],
)
def test_other_scripts_are_clustered_by_their_letters(language, texts):
    assert groups(*texts, language=language) == [[0, 1], [2]]


def test_very_long_phrase_gets_a_short_name():
    result = cluster(
        (Phrase(0, "coffee grinder " * 700), Phrase(1, "x" * 10_000)), (), ClusterOptions()
    )
    assert sorted(len(one.name) <= 80 for one in result.clusters) == [True, True]


def test_phrases_of_stop_words_are_clustered():
    assert Reader("en").read("how to").stems == ("how", "to")


def test_combining_marks_stay_with_their_letters():
    assert fold("कॉफ़ी 1½ l'eau", "hi") == "कॉफ़ी 11 2 leau"


def test_symbols_distinguish_programming_languages():
    assert fold("c++ c# c") == "cplusplus csharp c"


def test_number_and_its_unit_are_one_word():
    assert fold("thuisbatterij 10 kWh", "nl") == "thuisbatterij 10kwh"
    assert groups("10kwh thuisbatterij", "thuisbatterij 10 kwh", language="nl") == [[0, 1]]
