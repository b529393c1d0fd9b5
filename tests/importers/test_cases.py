"""Files that failed once, each for a whole kind: their values are read right."""

import pytest

from igny8.importers import Row, read, variant_key
from igny8.keyword_fields import STORED
from tests.importers.case_values import CASES, VALUES, VARIANTS


def rows_of(name: str) -> tuple[list[Row], object]:
    parsed = read(CASES / name, name)
    return list(parsed), parsed.report


def values(row: Row, *names: str) -> tuple:
    return tuple(getattr(row, name) for name in names)


@pytest.mark.parametrize("names", VALUES, ids=lambda names: "+".join(names))
def test_values_of_each_case_file_are_read_correctly(names):
    found: dict[str, dict] = {}
    for row in (row for name in names for row in rows_of(name)[0]):
        known = {name: getattr(row, name) for name in (*STORED, "flags")}
        filled = {name: value for name, value in known.items() if value is not None}
        found[row.text] = found.get(row.text, {}) | filled
    volumes = {text: values.get("volume") for text, values in found.items()}
    variants = dict(pair for pairs in VARIANTS.get(names[0], {}).values() for pair in pairs)
    assert {text: volumes[text] for text in variants} == variants
    assert {text: found[text] for text in found if text not in variants} == VALUES[names]


def test_competition_and_monthly_searches_are_stored():
    (row,), _ = rows_of("keywords_everywhere.csv")
    assert (row.competition, row.trend) == ("0.3", "2026-04:5")
    (row,), _ = rows_of("gkp_es_utf16.csv")
    assert (row.currency, row.competition) == ("EUR", "Alta")


def test_comparison_keeps_both_periods():
    (row,), report = rows_of("gsc_query_compare.csv")
    names = ("text", "clicks", "previous_clicks", "impressions", "previous_impressions", "position")
    assert values(row, *names) == ("shed ideas", 53, 55, 89, 94, 1)
    assert not report.unused


def test_quoted_query_with_comma_and_line_break_is_one_keyword():
    rows, report = rows_of("gsc_multiline_comma.csv")
    assert [row.text for row in rows] == [
        "shed ideas",
        "expo 2021, convention centre, 11 june",
        "shed base",
    ]
    assert values(rows[1], "clicks", "impressions") == (0, 11)
    assert report.rejected == 0


def test_sparse_table_is_not_a_list():
    rows, _ = rows_of("paa_sparse.csv")
    assert [row.text for row in rows] == ["how to buy shoes", "what is a shoe"]


def test_dates_times_and_truth_values_are_not_keywords():
    rows, report = rows_of("x_dates.xlsx")
    assert [row.text for row in rows] == ["24", "2026", "007"]
    assert [(problem.line, problem.reason) for problem in report.problems] == [
        (2, "the keyword cell is a date, not text"),
        (3, "the keyword cell is a time, not text"),
        (4, "the keyword cell is a truth value, not text"),
        (10, "the keyword cell is a date, not text"),
    ]


def test_date_in_a_number_column_is_unknown_and_a_warning():
    _, report = rows_of("x_percent.xlsx")
    assert len(report.warnings) == 2 and "“2024-06-10”" in report.warnings[0]
    assert any("“1.900” was read as 1,900" in note for note in report.notes)


def test_merged_cells_apply_to_all_rows_and_totals_are_set_aside():
    rows, report = rows_of("x_merged.xlsx")
    assert report.header_line == 3
    assert [(row.text, row.parent_topic) for row in rows] == [
        ("buy shoes", "shoes"),
        ("red shoes", "shoes"),
        ("blue shoes", "shoes"),
        ("buy bags", "bags"),
    ]
    assert [problem.text for problem in report.asides] == ["Total"]


def test_sheets_with_the_same_columns_are_all_read_and_tagged():
    rows, report = rows_of("x_three_sheets.xlsx")
    assert [row.tags for row in rows] == ["EN", "EN", "DE", "DE", "FR", "FR"]
    assert report.sheets == ["EN", "DE", "FR"]


def test_notices_of_an_export_are_set_aside():
    rows, report = rows_of("semrush_notices.csv")
    assert [row.text for row in rows] == ["shed ideas"]
    assert [problem.reason for problem in report.asides] == ["a notice of the tool"] * 3


def test_rounded_keyword_planner_volumes_are_ranges():
    rows, _ = rows_of("gkp_steps.tsv")
    assert [(row.volume_low, row.volume_high) for row in rows] == [
        (10, 100),
        (100, 1_000),
        (1_000, 10_000),
        (10, 100),
        (100, 1_000),
    ]


def test_texts_that_are_no_topics_are_set_aside_or_flagged():
    rows, report = rows_of("q_mini_en.csv")
    assert [problem.reason for problem in report.asides] == ["a search operator", "a web address"]
    flagged = {row.text: row.flags for row in rows if row.flags}
    assert flagged == {
        "bank of somewhere login": "brand",
        "can you show me a picture": "no topic",
    }


def test_meaningful_symbols_distinguish_keywords():
    rows, _ = rows_of("q_symbols.csv")
    keys = [variant_key(row.text) for row in rows]
    assert len(set(keys)) == len(rows) == 13


def test_word_orders_and_full_width_are_one_keyword():
    rows, _ = rows_of("q_mini_ja.csv")
    keys = [variant_key(row.text, "ja") for row in rows]
    assert keys[2] == keys[3] and keys[4] == keys[5]
    assert len(set(keys)) == 4
