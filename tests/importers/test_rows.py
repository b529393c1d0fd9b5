"""Every row is accounted for, duplicates are joined, and what is odd in a row is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from igny8.importers import keyword_key, preview, read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Raised  Beds", "raised beds"),
        ("what’s compost", "what's compost"),
        ("CAFÉ", "cafe\u0301"),
        ("Straße", "STRASSE"),
        ("raised\u00a0beds ", "raised beds"),
        ("“hot” bed", '"hot" bed'),
        ("com\u200bpost", "compost"),
    ],
)
def test_two_spellings_of_one_keyword_have_one_key(one, other):
    assert keyword_key(one) == keyword_key(other)


@given(some.text())
def test_normalising_twice_changes_nothing(text):
    assert keyword_key(keyword_key(text)) == keyword_key(text)


def test_spelling_of_the_user_is_kept(take):
    rows, _ = take("Keyword,Volume\n  Café  Gärten 🌱 ,10\n\u05d2\u05d9\u05e0\u05d4,5\n")
    assert [row.text for row in rows] == ["Café Gärten 🌱", "\u05d2\u05d9\u05e0\u05d4"]


def test_all_rows_are_accounted_for(take):
    rows, report = take(
        "Keyword,Volume\nfoo,1\nFOO,2\n,3\n\nbar,4\n---,5\nx,y,z\n" + "a" * 300 + ",1\n"
    )
    assert report.rows_total == 7
    assert (report.taken, report.duplicates, report.rejected) == (2, 1, 4)
    assert [problem.line for problem in report.problems] == [4, 7, 8, 9]
    assert [(row.line, row.text) for row in rows] == [(2, "foo"), (6, "bar")]


def test_reading_can_be_iterated_twice():
    reading = read(b"Keyword,Volume\nfoo,1\nfoo,x\nbar,y\n", "a.csv")
    first, report = list(reading), reading.report
    assert (list(reading), reading.report) == (first, report)
    assert len(report.warnings) == 1


def test_unreadable_number_is_missing_and_reported(take):
    (row,), report = take("Keyword,Volume\nfoo,lots\n")
    assert row.volume is None
    assert "line 2" in report.warnings[0] and "“lots”" in report.warnings[0]


def test_cell_with_line_breaks_is_one_phrase(take):
    rows, _ = take('Keyword,Volume,Notes\n"raised\nbeds",10,"one\ntwo"\ncompost,5,\n')
    assert [(row.text, row.line) for row in rows] == [("raised beds", 2), ("compost", 5)]


def test_repeated_header_is_not_a_keyword(take):
    rows, report = take("Keyword,Volume\nfoo,1\nKeyword,Volume\nbar,2\n")
    assert len(rows) == 2
    assert report.problems[0].reason == "the header again"


def test_protective_marks_of_spreadsheets_are_removed(take):
    rows, _ = take("Keyword,Volume\n'=1+1 meaning,3\n'-ing words,4\n")
    assert [row.text for row in rows] == ["=1+1 meaning", "-ing words"]


def test_pasted_list_loses_its_bullets_and_numbers(take):
    rows, _ = take("- cold frame\n• raised beds, cedar\n", "pasted.txt")
    assert [row.text for row in rows] == ["cold frame", "raised beds, cedar"]
    rows, _ = take("1. cold frame\n2. 10 best shrubs\n", "pasted.txt")
    assert [row.text for row in rows] == ["cold frame", "10 best shrubs"]


def test_phrases_pasted_on_one_line_are_split_at_commas(take):
    rows, _ = take("cold frame, raised beds, compost", "pasted.txt")
    assert [row.text for row in rows] == ["cold frame", "raised beds", "compost"]


def test_unknown_table_is_previewed_for_mapping():
    looked = preview(b"Begriff X,Menge\nfoo,10\nbar,20\n", "x.csv")
    assert looked.needs_mapping
    assert looked.columns == ["Begriff X", "Menge"]
    assert looked.records == [["foo", "10"], ["bar", "20"]]


def test_mapping_by_hand_is_followed(take):
    rows, report = take(
        "Begriff X,Menge\nfoo,10\n", mapping={"text": "Begriff X", "volume": "Menge"}
    )
    assert (rows[0].text, rows[0].volume, report.dialect) == ("foo", 10, "mapped")


def test_table_without_header_is_mapped_by_number(take):
    rows, _ = take("foo,10\nbar,20\n", mapping={"text": "Column 1", "volume": "Column 2"})
    assert [(row.text, row.volume, row.line) for row in rows] == [("foo", 10, 1), ("bar", 20, 2)]


def test_preview_shows_first_rows_and_the_whole_report():
    data = "Keyword\n" + "".join(f"phrase {n}\n" for n in range(50))
    looked = preview(data.encode(), "x.csv", rows=3)
    assert [row.text for row in looked.rows] == ["phrase 0", "phrase 1", "phrase 2"]
    assert looked.report.taken == 50
