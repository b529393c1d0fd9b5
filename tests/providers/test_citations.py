"""Passages are found for a part of an article, and a citation stays only where its passage says so."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from igny8.providers.base import Citation, Passage
from igny8.providers.checks.citations import is_supported, read_marks
from igny8.providers.checks.sources import Ground, list_claims
from igny8.providers.footnotes import drop_loose_marks, settle_citations
from igny8.providers.passage_search import PassageIndex

GUIDE = Citation(
    "Roof guide",
    "https://ex.org/roof",
    ("A new roof costs 12,500 euros. In 2024 prices rose by 12 percent.",),
)
MOSS = Citation("Moss log", "", ("Moss grows on the shaded northern side of old roofs.",))
BOTH = (GUIDE, MOSS)


def settled(text: str, citations: tuple[Citation, ...] = BOTH) -> tuple[str, list[str]]:
    """Return the text of a settled paragraph, and the titles of the sources that it lists."""
    html, found = settle_citations(f"<p>{text}</p>", citations, "en")
    page = BeautifulSoup(html, "html.parser")
    assert [li.get_text() for li in page.select("h2 + ol > li")] == [c.title for c in found]
    return page.p.get_text(), [c.title for c in found]


@pytest.mark.parametrize(
    "statement",
    [
        "A roof costs 12.500 euros",
        "It costs 12’500 euros",
        "Prices rose by 12 % in 2024",
        "Prices rose 12% then",
        "New roofs cost much in euros, as prices rose",
    ],
)
def test_statement_is_supported_by_its_passage(statement):
    assert is_supported(statement, GUIDE.passages, "en")


@pytest.mark.parametrize(
    "statement",
    [
        "A roof costs 13,500 euros",
        "A roof costs 12,500 euros, a door 900",
        "Prices rose by 2024 percent",
        "Prices rose by 125 percent",
        "Gutters need a yearly cleaning in autumn",
    ],
)
def test_statement_missing_in_the_passage_is_not_supported(statement):
    assert not is_supported(statement, GUIDE.passages, "en")


def test_supported_marks_are_numbered_by_first_use_others_removed():
    text, titles = settled(
        "Moss grows on the northern side<sup>[2]</sup>. A roof costs 12,500 euros<sup>[1]</sup>. "
        "A door costs 900 euros<sup>[1]</sup>. Others say 7<sup>[9]</sup>."
    )
    assert titles == ["Moss log", "Roof guide"]
    assert text == (
        "Moss grows on the northern side[1]. A roof costs 12,500 euros[2]. A door costs 900 euros. "
        "Others say 7."
    )


def test_mark_supports_the_words_since_the_previous_mark():
    page = BeautifulSoup(
        "<p>First. Costs 5<sup>[1]</sup> and weighs 7<sup>[2]</sup> in 2020.</p>", "html.parser"
    )
    statements = [(mark.number, mark.statement) for mark in read_marks(page)]
    assert statements == [(1, "Costs 5"), (2, " and weighs 7 in 2020.")]


def test_marks_in_lists_and_tables_belong_to_their_cell():
    page = BeautifulSoup(
        "<ul><li>Costs 5<sup>[1]</sup><ul><li>Weighs 7<sup>[2]</sup></li></ul></li></ul>"
        "<table><tr><td>9 mm<sup>[3]</sup></td><td>10 mm</td></tr></table>",
        "html.parser",
    )
    assert [(m.number, m.statement.strip()) for m in read_marks(page)] == [
        (1, "Costs 5"),
        (2, "Weighs 7"),
        (3, "9 mm"),
    ]


def test_source_with_an_address_is_linked_and_settling_again_changes_nothing():
    text = (
        "<p>It costs 12,500 euros<sup>[1]</sup>. Moss grows on the shaded side<sup>[2]</sup>.</p>"
    )
    html, citations = settle_citations(text, BOTH, "de")
    assert re.findall('href="(.*?)"', html) == ["https://ex.org/roof"] * 2
    assert "<h2>Quellen</h2>" in html
    assert settle_citations(html, citations, "de") == (html, citations)


def test_two_passages_of_one_source_have_one_number():
    other = Citation(GUIDE.title, GUIDE.address, ("A gutter costs 80 euros.",))
    text, titles = settled(
        "It costs 12,500 euros<sup>[1]</sup>. A gutter costs 80 euros<sup>[2]</sup>.",
        (GUIDE, other),
    )
    assert titles == ["Roof guide"] and text.count("[1]") == 2


def test_rewritten_part_loses_unsupported_marks():
    part = "<p>It costs 12,500 euros<sup>[1]</sup> or 14,000<sup>[1]</sup>.</p>"
    assert drop_loose_marks(part, BOTH, "en") == (
        "<p>It costs 12,500 euros<sup>&#91;1]</sup> or 14,000.</p>"
    )


NUMBERS = st.integers(0, 99_999)


@given(
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.lists(st.lists(NUMBERS, min_size=1, max_size=4), min_size=1, max_size=4),
    st.data(),
)
def test_kept_citation_always_has_its_numbers_in_the_passage(stated, held, data):
    sources = tuple(
        Citation(f"S{at}", "", (" and ".join(f"{n:,}" for n in numbers),))
        for at, numbers in enumerate(held)
    )
    marks = [data.draw(st.integers(0, len(sources) + 1)) for _ in stated]
    text = " ".join(f"It is {n}<sup>[{mark}]</sup>." for n, mark in zip(stated, marks, strict=True))
    html, found = settle_citations(f"<p>{text}</p>", sources, "en")
    for mark in read_marks(BeautifulSoup(html, "html.parser")):
        [number] = re.findall(r"\d+", mark.statement)
        passage = found[mark.number - 1].passages[0]
        assert number in re.findall(r"\d+", passage.replace(",", ""))
    kept = sum(
        0 < mark <= len(held) and n in held[mark - 1] for n, mark in zip(stated, marks, strict=True)
    )
    assert html.count("<sup>") == kept


def test_claims_show_their_supporting_passage():
    html, citations = settle_citations(
        "<p>Since 2024 prices rose by 12 %<sup>[1]</sup>. Sales rose by 30 %<sup>[1]</sup>. Prices "
        "fell by 5 %.</p>",
        BOTH,
        "en",
    )
    claims = list_claims(html, Ground("In our shop prices fell by 5 %.", citations))
    assert [(c.is_sourced, len(c.sources)) for c in claims] == [(True, 1), (False, 0), (True, 0)]
    assert claims[0].sources[0].passages == GUIDE.passages


PASSAGES = tuple(
    Passage("Garden book", text)
    for text in (
        "Prune blueberries in late winter, before the buds swell.",
        "Water blueberries with rain water, which has no lime.",
        "A greenhouse wants air in summer.",
    )
)


def test_only_relevant_passages_are_found_best_first():
    index = PassageIndex(PASSAGES, "en")
    found = index.best("pruning blueberries When to prune the blueberry in winter", 2)
    assert found[0] is PASSAGES[0] and PASSAGES[2] not in found
    assert index.best("Reverse proxies and certificates", 2) == ()
    assert index.best("", 2) == ()


def test_word_forms_and_scripts_without_spaces_are_found():
    german = (Passage("A", "Die Dächer werden im Herbst gereinigt."), Passage("B", "Ein Haus."))
    assert (
        PassageIndex(german, "de").best("Wann reinigt man ein Dach im Herbst?", 2)[:1] == german[:1]
    )
    japanese = (Passage("A", "屋根の掃除は秋に行います。"), Passage("B", "窓を開けます。"))
    assert PassageIndex(japanese, "ja").best("屋根の掃除", 1) == japanese[:1]


@given(st.permutations(range(6)), st.text("ab c", max_size=20))
def test_search_is_deterministic(order, wanted):
    texts = ("a b", "a c", "b c", "a b c", "c", "a b")
    passages = tuple(Passage(str(at), f"word{texts[at]} a b c") for at in order)
    first = PassageIndex(passages, "en").best(wanted, 3)
    assert first == PassageIndex(passages, "en").best(wanted, 3) and len(first) <= 3
