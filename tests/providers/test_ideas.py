"""Ideas come from the keywords of the cluster, and read well."""

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igny8.importers import sample
from igny8.providers.base import FORMATS, Phrase, Topic
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.intent_signals import read_signals
from igny8.providers.checks.search import WIDE_DESCRIPTION

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "ar", "ja", "xx", "en-GB", "")


def topic(*texts, language="en", intent="informational", covered=(), formats=()):
    phrases = tuple(Phrase(at, text, 1000 - at) for at, text in enumerate(texts))
    return Topic(texts[0], intent, phrases, language, covered, formats)


def sample_keywords():
    (file,) = Path(sample.__file__).parent.glob("*.csv")
    with file.open(encoding="utf-8-sig") as rows:
        return [row["Keyword"] for row in csv.DictReader(rows)]


@pytest.mark.parametrize(
    ("text", "intent", "format_"),
    [
        ("how to prune blueberries", None, "how-to"),
        ("diy cold frame", None, "how-to"),
        ("raised beds vs containers", None, "comparison"),
        ("difference between soil and compost", None, "comparison"),
        ("best compost for vegetables", None, "list"),
        ("balcony garden ideas", None, "list"),
        ("fiskars loppers review", None, "review"),
        ("when to plant garlic", None, "questions"),
        ("can you compost citrus peels", None, "questions"),
        ("best time to mow lawn", None, "questions"),
        ("what is perlite", None, "glossary"),
        ("garden center near me", None, "local"),
        ("perlite", None, "guide"),
        ("compost bin", "commercial", "guide"),
    ],
)
def test_marker_words_choose_the_format(text, intent, format_):
    assert read_signals(text, intent).format == format_


def test_japanese_descriptions_are_as_long_as_their_check_asks():
    low, high = WIDE_DESCRIPTION
    with Path("tests/providers/lists/ja-onsen.csv").open(encoding="utf-8") as rows:
        keywords = [row[0] for row in csv.reader(rows)][1:]
    for text in keywords:
        (idea,) = propose(topic(text, language="ja"), 1)
        assert low <= len(idea.meta_description) <= high, idea.meta_description


def test_sample_titles_and_descriptions_have_the_right_length():
    for text in sample_keywords():
        (idea,) = propose(topic(text), 1)
        assert 40 <= len(idea.titles[0]) <= 60, idea.titles[0]
        assert 120 <= len(idea.meta_description) <= 155, idea.meta_description
        assert 4 <= len(idea.outline) <= 8


def test_every_title_contains_its_keyword():
    texts = sample_keywords()
    titles = [title for text in texts for title in propose(topic(text), 1)[0].titles]
    assert len(titles) == len(set(titles))
    assert all(text.casefold() in propose(topic(text), 1)[0].titles[0].casefold() for text in texts)


def test_no_title_repeats_a_word():
    for text in sample_keywords():
        for title in propose(topic(text), 1)[0].titles:
            words = title.casefold().replace(":", " ").split()
            twice = [a for a, b in itertools.pairwise(words) if a == b and a not in text]
            assert not twice and words.count("best") <= 1, title


def test_titles_are_in_english_title_case():
    assert (
        propose(topic("how to test soil ph with a led meter"), 1)[0]
        .titles[0]
        .startswith("How to Test Soil pH with a LED Meter")
    )


def test_cluster_of_one_keyword_gets_one_idea():
    assert len(propose(topic("perlite"), 5)) == 1


def test_same_page_in_other_words_is_not_a_second_idea():
    assert (
        len(propose(topic("how to prune blueberries", "pruning blueberries", "prune blueberry"), 5))
        == 1
    )


def test_sub_intents_become_ideas_of_different_formats():
    ideas = propose(
        topic(
            "how to prune roses",
            "when to prune roses",
            "best secateurs for roses",
            "hand pruning vs shearing roses",
        ),
        4,
    )
    assert [idea.format for idea in ideas] == ["how-to", "questions", "list", "comparison"]


def test_nothing_is_proposed_when_all_is_covered():
    assert propose(topic("perlite", "what is perlite", covered=(0, 1)), 3) == ()


def test_near_duplicate_of_a_covered_keyword_is_skipped():
    assert propose(topic("how to prune roses", "pruning roses", covered=(0,)), 3) == ()


def test_formats_that_the_cluster_lacks_come_first():
    ideas = propose(
        topic("rose care", "how to prune roses", "rose soil", covered=(0,), formats=("guide",)), 1
    )
    assert ideas[0].format == "how-to"


def test_each_phrase_belongs_to_at_most_one_page():
    ideas = propose(
        topic(
            "rose pruning", "when to prune roses", "rose pruning tools", "rose pruning in spring"
        ),
        3,
    )
    used = [key for idea in ideas for key in (idea.primary, *idea.secondary)]
    assert len(used) == len(set(used))


def test_headings_come_from_the_keywords():
    (idea,) = propose(
        topic(
            "raised garden beds",
            "how to fill raised garden beds",
            "raised garden beds with legs",
            "are raised garden beds worth it",
        ),
        1,
    )
    headings = [section.heading for section in idea.outline]
    assert {"How to fill raised garden beds", "Raised garden beds with legs"} <= set(headings)


@pytest.mark.parametrize("language", ["ar", "ja", "pl"])
def test_no_english_filler_is_mixed_with_another_language(language):
    (idea,) = propose(topic("przycinanie borówek", "kiedy przycinać borówki", language=language), 1)
    text = " ".join([*idea.titles, idea.meta_description, *(s.heading for s in idea.outline)])
    assert set(text.casefold().replace("–", " ").replace("·", " ").replace(":", " ").split()) <= {
        "przycinanie",
        "borówek",
        "kiedy",
        "przycinać",
        "borówki",
    }


def test_german_ideas_have_german_wording():
    (idea,) = propose(topic("heidelbeeren schneiden", language="de"), 1)
    assert idea.titles[0].startswith("Heidelbeeren schneiden: ")
    assert "Die Arbeit der Reihe nach" in [section.heading for section in idea.outline]


ODD = (
    "<b>bold</b> & co",
    "كيفية تقليم التوت",
    "🫐🫐",
    "x" * 10_000,
    "how to " * 900,
    "\ud800 lone",
    "vs",
    "best",
    "a?",
    "how to prune",
    "roses vs tulips",
    "when to plant garlic",
    "{k} {s} %s",
)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=60), st.sampled_from(ODD)), max_size=8),
    st.sampled_from(LANGUAGES),
    st.integers(0, 4),
)
def test_any_text_is_treated_as_plain_text(texts, language, count):
    phrases = tuple(Phrase(at, text, at or None) for at, text in enumerate(texts))
    ideas = propose(Topic("any", "informational", phrases, language), count)
    assert len(ideas) <= min(count, len(phrases))
    assert ideas == propose(Topic("any", "informational", phrases, language), count)
    for idea in ideas:
        assert idea.slug and idea.format in FORMATS and idea.titles and idea.outline
        assert all(0 < len(title) <= 70 and "\n" not in title for title in idea.titles)
        assert 0 < len(idea.meta_description) <= 155


@pytest.mark.parametrize("language", ["en", "de"])
def test_word_too_long_for_a_title_ends_in_an_ellipsis(language):
    (idea,) = propose(topic("donaudampfschifffahrtsgesellschaft" * 3, language=language), 1)
    assert idea.titles[0].endswith("gesellschaftd…") and len(idea.titles[0]) == 70


def test_order_of_phrases_does_not_matter():
    phrases = topic("rose care", "how to prune roses", "rose soil", "when to prune roses").phrases
    assert propose(Topic("r", "informational", phrases), 3) == propose(
        Topic("r", "informational", phrases[::-1]), 3
    )
