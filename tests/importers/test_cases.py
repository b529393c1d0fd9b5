"""Files that failed once, each for a whole kind: their values are read right."""

from pathlib import Path

import pytest

from igny8.importers import Row, read, variant_key

CASES = Path(__file__).parent / "cases"


def rows_of(name: str) -> tuple[list[Row], object]:
    parsed = read(CASES / name, name)
    return list(parsed), parsed.report


def values(row: Row, *names: str) -> tuple:
    return tuple(getattr(row, name) for name in names)


MAIN = ("text", "volume", "difficulty", "cpc", "intent")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("snake_case.csv", [("buy shoes", 100, 20, 1.2, "transactional")]),
        ("keywords_everywhere.csv", [("buy shoes", 1900, None, 1.2, None)]),
        ("gkp_es_utf16.csv", [("zapatillas trail", 1900, None, 1.1, None)]),
        (
            "dialect_eats_difficulty.csv",
            [
                ("buy shoes", 100, 20, None, "transactional"),
                ("red shoes", 50, 10, None, "informational"),
            ],
        ),
        ("semrush_tracking_kd.csv", [("buy shoes", 49500, 34, 0.88, "commercial")]),
        ("semrush_second.csv", [("blue shoes", 880, 20, 1.2, "commercial")]),
        ("seranking_a.csv", [("red shoes", 1900, 20, 1.2, None)]),
        (
            "excel_whole_line_quoted.csv",
            [("buy shoes", 100, 20, None, None), ("red shoes", 50, 10, None, None)],
        ),
        (
            "x_html.xls",
            [("buy shoes", 100, None, None, None), ("red shoes", 50, None, None, None)],
        ),
        (
            "cp932_ascii_header.csv",
            [
                ("個別指導 守山区", 320, None, None, None),
                ("学習塾 おすすめ", 100, None, None, None),
            ],
        ),
        (
            "cp1250_hu.csv",
            [
                ("női cipő", 19, None, None, None),
                ("őszi kabát", 20, None, None, None),
                ("kerékpár árak", 5, None, None, None),
            ],
        ),
        (
            "x_percent.xlsx",
            [
                ("red shoes", 1900, 35, None, None),
                ("blue shoes", 1900, 35, None, None),
                ("green shoes", 1900, 35, None, None),
                ("white shoes", None, None, None, None),
            ],
        ),
    ],
)
def test_values_of_a_file_are_read_right(name, expected):
    rows, _ = rows_of(name)
    assert [values(row, *MAIN) for row in rows] == expected


def test_competition_and_months_are_kept_beside_the_volume():
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


def test_sparse_table_is_no_list():
    rows, _ = rows_of("paa_sparse.csv")
    assert [row.text for row in rows] == ["how to buy shoes", "what is a shoe"]


def test_dates_times_and_truth_values_are_no_keywords():
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


def test_merged_cells_reach_all_their_rows_and_totals_are_set_aside():
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


def test_steps_of_the_keyword_planner_are_ranges():
    rows, _ = rows_of("gkp_steps.tsv")
    assert [(row.volume_low, row.volume_high) for row in rows] == [
        (10, 100),
        (100, 1_000),
        (1_000, 10_000),
        (10, 100),
        (100, 1_000),
    ]


def test_what_is_no_topic_is_set_aside_or_flagged():
    rows, report = rows_of("q_mini_en.csv")
    assert [problem.reason for problem in report.asides] == ["a search operator", "a web address"]
    flagged = {row.text: row.flags for row in rows if row.flags}
    assert flagged == {
        "bank of somewhere login": "brand",
        "can you show me a picture": "no topic",
    }


def test_symbols_that_mean_something_tell_keywords_apart():
    rows, _ = rows_of("q_symbols.csv")
    keys = [variant_key(row.text) for row in rows]
    assert len(set(keys)) == len(rows) == 13


def test_word_orders_and_full_width_are_one_keyword():
    rows, _ = rows_of("q_mini_ja.csv")
    keys = [variant_key(row.text, "ja") for row in rows]
    assert keys[2] == keys[3] and keys[4] == keys[5]
    assert len(set(keys)) == 4
