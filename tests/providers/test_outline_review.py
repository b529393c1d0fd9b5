"""An outline is reviewed before it is written: duplicates, order, gaps, a section per keyword."""

from dataclasses import replace

import pytest

from igny8.providers.base import Assignment, Phrase, Section
from igny8.providers.builtin.ideas import propose
from igny8.providers.outline_review import MAX_ADDED, review_outline
from tests.providers.contract import PHRASES, TOPIC


def job(sections, secondary=(), language="en", primary="prune blueberries") -> Assignment:
    phrases = tuple(Phrase(at, text) for at, text in enumerate(secondary, 2))
    facts = ("How to prune blueberries", "prune", "", "guide", "informational", "", 900)
    outline = tuple(Section(*one) if isinstance(one, tuple) else Section(one) for one in sections)
    names = ("blueberries", "Green garden")
    return Assignment(*facts, outline, Phrase(1, primary), phrases, *names, language=language)


def headings(review) -> list[str]:
    return [section.heading for section in review.sections]


def test_sections_with_one_question_are_joined():
    review = review_outline(
        job([("When to prune", ("Frost",)), "Tools", ("When to prune blueberries", ("Age",))])
    )
    assert headings(review) == ["When to prune", "Tools"]
    assert review.sections[0].points == ("Frost", "Age")
    assert review.findings == (
        "“When to prune blueberries” repeats “When to prune”: the two were joined.",
    )


@pytest.mark.parametrize(
    "sections",
    [
        ["When to prune", "How to prune", "Why prune"],
        ["Best shears", "Shears: how to sharpen them", "What shears cost"],
    ],
)
def test_questions_about_one_thing_stay_apart(sections):
    assert headings(review_outline(job(sections))) == sections


def test_points_stand_once_in_the_outline():
    review = review_outline(
        job([("Tools", ("Shears", "Gloves")), ("Care", ("Sharp shears", "Shears"))])
    )
    assert [section.points for section in review.sections] == [
        ("Shears", "Gloves"),
        ("Sharp shears",),
    ]
    assert review.findings == ("“Shears” of “Care” is a matter of “Tools”: left out.",)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", ["Conclusion", "Tools", "Introduction"], ["Introduction", "Tools", "Conclusion"]),
        ("de", ["Werkzeug", "Fazit", "Zeitpunkt"], ["Werkzeug", "Zeitpunkt", "Fazit"]),
        ("ja", ["まとめ", "道具", "時期"], ["道具", "時期", "まとめ"]),
    ],
)
def test_introductions_come_first_and_closings_last(language, before, after):
    review = review_outline(job(before, language=language, primary="heidelbeeren"))
    assert headings(review) == after and review.findings


def test_every_keyword_gets_one_section_that_is_about_it():
    words = ("when to prune blueberries", "blueberry pruning shears", "prune a blueberry")
    review = review_outline(job(["How to prune", "Shears and saws", "When to prune"], words))
    assert [section.keywords for section in review.sections] == [
        ("prune blueberries", "prune a blueberry"),
        ("blueberry pruning shears",),
        ("when to prune blueberries",),
    ]
    assert review.findings == ()


def test_question_without_an_answer_becomes_a_section_before_the_end():
    words = ("what does a gardener cost", "raised beds", "do birds eat them", "is frost harmful")
    review = review_outline(job(["How to prune", "Tools", "Conclusion"], words))
    assert headings(review)[:2] == ["How to prune", "Tools"]
    assert headings(review)[2 : 2 + MAX_ADDED] == [
        "What does a gardener cost?",
        "Do birds eat them?",
    ]
    assert headings(review)[-1] == "Conclusion"
    assert sorted(word for section in review.sections for word in section.keywords) == sorted(
        ("prune blueberries", *words)
    )
    assert len(review.findings) == len(words)


def test_questions_go_to_a_section_of_questions():
    review = review_outline(job(["How to prune", "FAQ"], ("do birds eat them",)))
    assert review.sections[1] == Section("FAQ", ("Do birds eat them?",), ("do birds eat them",))


def test_review_of_a_reviewed_outline_finds_nothing():
    words = ("what does a gardener cost", "raised beds", "do birds eat them")
    first = job(["Conclusion", "Tools", "Tools", "Introduction"], words)
    once = review_outline(first)
    again = review_outline(replace(first, outline=once.sections))
    assert (again.sections, again.findings) == (once.sections, ())


def test_outline_of_the_built_in_provider_stays_as_it_is():
    by_key = {phrase.key: phrase for phrase in PHRASES}
    for idea in propose(TOPIC, 3):
        secondary = [by_key[key].text for key in idea.secondary]
        given = job([], secondary, primary=by_key[idea.primary].text)
        made = review_outline(replace(given, outline=idea.outline))
        assert (made.sections, made.findings) == (idea.outline, ())
