"""Every tool's file is recognised, and its columns mean what the tool means by them."""

import pytest

from igny8.importers import DIALECTS, NoKeywordColumn, read, sample_path
from tests.importers import exports


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ahrefs", exports.AHREFS),
        ("ahrefs_organic", exports.AHREFS_ORGANIC),
        ("semrush", exports.SEMRUSH),
        ("semrush_builder", exports.SEMRUSH_BUILDER),
        ("semrush_api", exports.SEMRUSH_API),
        ("semrush_organic", exports.SEMRUSH_ORGANIC),
        ("search_console", exports.CONSOLE),
        ("search_console", exports.CONSOLE_GERMAN),
        ("keyword_planner", exports.planner([70, 900])),
        ("ubersuggest", exports.UBERSUGGEST),
        ("ubersuggest", exports.UBERSUGGEST_OLD),
        ("moz", exports.MOZ),
        ("moz", exports.MOZ_RANGE),
        ("google_trends", exports.TRENDS),
        ("generic", "Suchbegriff;Suchvolumen\nfrühbeet;90\n"),
        ("plain", "cold frame\nraised beds\n"),
    ],
)
def test_each_tool_is_named(take, name, data):
    rows, report = take(data)
    assert report.dialect == name
    assert rows


def test_every_dialect_has_a_name_of_its_own():
    assert len({dialect.name for dialect in DIALECTS}) == len(DIALECTS)


def test_ahrefs_volume_is_never_the_global_one(take):
    (first, second), report = take(exports.AHREFS)
    assert (first.volume, first.difficulty, first.cpc, first.country) == (1200, 34, 0.62, "US")
    assert (first.intent, first.parent_topic) == ("informational", "raised beds")
    assert second.difficulty is None and second.cpc is None
    assert second.intent == "transactional"
    assert "worldwide" in report.ignored["Global volume"]


def test_ahrefs_utf_16_with_tabs_gives_the_same_rows(take):
    tabs = "Keyword\tCountry\tDifficulty\tVolume\tGlobal volume\tTraffic potential\nfoo\tde\t3\t40\t9\t9\n"
    rows, report = take(tabs.encode("utf-16"))
    assert (report.dialect, report.encoding, report.delimiter) == ("ahrefs", "UTF-16", "tab")
    assert rows[0].volume == 40


def test_ahrefs_organic_takes_intent_position_and_url(take):
    (row,), _ = take(exports.AHREFS_ORGANIC)
    assert (row.intent, row.position, row.url) == ("commercial", 4, "https://example.com/beds")


def test_semrush_currency_comes_from_the_header(take):
    (row,), report = take(exports.SEMRUSH)
    assert (row.volume, row.difficulty, row.cpc, row.currency) == (1900, 41, 0.55, "USD")
    assert row.intent == "commercial"
    assert row.competition == "0.9" and "Competitive Density" not in report.ignored


def test_semrush_columns_may_be_missing(take):
    _, report = take("Keyword,Intent,Volume,Trend\nfoo,Commercial,10,1\n")
    assert report.dialect == "semrush"


def test_semrush_builder_takes_country_and_topic(take):
    (row,), _ = take(exports.SEMRUSH_BUILDER)
    assert (row.country, row.parent_topic) == ("US", "cold frames")


def test_semrush_intent_codes_are_understood(take):
    (row,), _ = take(exports.SEMRUSH_API)
    assert (row.intent, row.difficulty) == ("transactional", 41.5)


def test_keyword_with_two_ranking_urls_is_not_summed(take):
    (row,), report = take(exports.SEMRUSH_ORGANIC)
    assert (row.volume, row.position, row.url) == (1900, 3, "https://example.com/a")
    assert (report.rows_total, report.taken, report.duplicates) == (2, 1, 1)
    assert report.repeats[0].reason == "already on line 2"


def test_search_console_impressions_are_not_a_volume(take):
    (row,), report = take(exports.CONSOLE)
    assert row.volume is None
    assert (row.clicks, row.impressions, row.position) == (52, 114, 3.2)
    assert any("no search volume" in note for note in report.notes)


def test_search_console_reads_german_headers(take):
    (row,), report = take(exports.CONSOLE_GERMAN)
    assert (row.text, row.clicks, row.impressions, row.position) == (
        "frühbeet bauen",
        1204,
        30000,
        6.1,
    )
    assert report.used["impressions"] == "Impressionen"


def test_search_console_columns_are_found_by_position(take):
    (row,), _ = take("Kueri teratas,Klikz,Tayangan,CTR,Posisi\nkebun,5,90,5.5%,8.25\n")
    assert (row.clicks, row.impressions, row.position) == (5, 90, 8.25)


def test_search_console_zip_finds_the_queries(take):
    archive = exports.zipped(
        {
            "Chart.csv": "Date,Clicks,Impressions,CTR,Position\n2026-05-01,1,2,50%,3\n",
            "Pages.csv": "Top pages,Clicks,Impressions,CTR,Position\nhttps://a.example/,1,2,50%,3\n",
            "Queries.csv": exports.CONSOLE,
        }
    )
    rows, report = take(archive, "export.zip")
    assert report.member == "Queries.csv"
    assert [row.text for row in rows] == ["cold frame"] and not any(
        "Only" in told for told in report.warnings
    )


def test_tables_of_an_archive_with_the_same_columns_are_all_read_and_tagged(take):
    archive = exports.zipped(
        {f"{name}.csv": f"Keyword,Volume\nmulch {name},90\n" for name in "abc"}
    )
    rows, report = take(archive, "all.zip")
    assert [(row.text, row.tags) for row in rows] == [
        ("mulch a", "a.csv"),
        ("mulch b", "b.csv"),
        ("mulch c", "c.csv"),
    ]
    assert "3 sheets with the same columns were read" in report.notes[-1]


def test_archive_with_different_tables_says_which_one_was_read(take):
    archive = exports.zipped(
        {
            "a.csv": "Keyword,Volume\nmulch,90\n",
            "b.csv": "Keyword,Clicks\nbark,90\n",
            "c.csv": "Day,Visits\n1,2\n",
        }
    )
    rows, report = take(archive, "all.zip")
    assert [row.text for row in rows] == ["mulch"]
    assert "Only a.csv was read, not b.csv, c.csv." in report.notes[-1]


def test_trends_sections_are_queries_without_a_volume(take):
    rows, report = take(exports.TRENDS)
    assert [row.text for row in rows] == [
        "awning",
        "patio awning",
        "window awning",
        "awning for decks",
        "awning repair",
    ]
    assert {row.volume for row in rows} == {None}
    assert [problem.text for problem in report.asides] == ["RISING"]
    assert (report.rows_total, report.duplicates) == (7, 1)
    assert not report.needs_attention and "no search volume" in report.notes[0]


def test_list_with_the_word_top_is_not_a_trends_export(take):
    _, report = take("red shoes\nTOP\nblue shoes\n")
    assert report.dialect == "plain"


def test_table_below_the_word_top_is_asked_about(take):
    with pytest.raises(NoKeywordColumn):
        take("TOP\nred shoes,x1\nblue shoes,5\n")


def test_planner_rounded_volumes_are_ranges(take):
    rows, report = take(exports.planner([50, 500, 5000, 50000, 0]))
    assert (rows[0].volume_low, rows[0].volume_high, rows[0].volume) == (10, 100, 32)
    assert all(row.volume_is_range for row in rows)
    assert any("steps" in note for note in report.notes)


@pytest.mark.parametrize(
    ("volumes", "month"),
    [([50, 500, 5000, 50000, 70], ""), ([50, 500, 5000, 50000], ""), ([50] * 6, "40")],
)
def test_planner_exact_volumes_are_exact(take, volumes, month):
    rows, _ = take(exports.planner(volumes, month))
    assert rows[0].volume == 50
    assert not rows[0].volume_is_range


def test_planner_competition_is_not_difficulty(take):
    rows, report = take(exports.planner([70]))
    assert rows[0].difficulty is None
    assert rows[0].currency == "EUR"
    assert report.header_line == 3
    assert rows[0].competition == "High"


def test_ubersuggest_letters_are_intents(take):
    (row,), _ = take(exports.UBERSUGGEST)
    assert (row.intent, row.volume, row.cpc, row.currency) == ("commercial", 1900, 0.55, "USD")
    assert row.difficulty == 41


def test_moz_ranges_keep_both_ends(take):
    (row,), report = take(exports.MOZ)
    assert (row.volume_low, row.volume_high, row.volume_is_range) == (501, 850, True)
    assert (row.volume, row.country, row.language) == (653, "US", "en")
    assert report.header_line == 4


def test_moz_range_in_one_column(take):
    (row,), _ = take(exports.MOZ_RANGE)
    assert (row.volume_low, row.volume_high) == (118001, 300000)


def test_sample_is_a_clean_ahrefs_export():
    reading = read(sample_path(), "gardening-keywords.csv")
    rows = list(reading)
    assert reading.report.dialect == "ahrefs"
    assert len(rows) == reading.expected >= 240
    assert not reading.report.problems and not reading.report.warnings
