"""How numbers, times and texts look."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from igny8 import clock
from igny8.web.ui import filters, time_filters
from igny8.web.ui.bar_segments import MIN_SEGMENT_SHARE

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0s"),
        (0.4, "<1s"),
        (7, "7s"),
        (250, "4m 10s"),
        (1067, "17m 47s"),
        (3725, "1h 2m"),
        (90000, "1d 1h"),
    ],
)
def test_durations_are_formatted(seconds, words):
    assert filters.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0, "0"), (1234, "1,234"), (1234567, "1,234,567")]
)
def test_numbers(value, words):
    assert filters.number(value) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "–"),
        (12, "12 B"),
        (1_400, "1 kB"),
        (1_400_000, "1.4 MB"),
        (82_000_000_000, "82.0 GB"),
    ],
)
def test_sizes(count, words):
    assert filters.size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (41, "0:41"), (61, "1:01"), (3661, "1:01:01")]
)
def test_stopwatch_is_formatted(seconds, words):
    assert filters.stopwatch(seconds) == words


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (timedelta(), "12:00"),
        (timedelta(days=2), "Sun 12:00"),
        (timedelta(days=30), "25 Oct 12:00"),
        (timedelta(days=400), "20 Oct 2025 12:00"),
    ],
)
def test_times_are_formatted(app, monkeypatch, gone, words):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert filters.short_time(NOW - gone) == words
    assert filters.short_time((NOW - gone).isoformat()) == words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=2), "today 14:00"),
        (timedelta(days=2), "Thu 12:00"),
        (timedelta(days=20), "14 Dec 12:00"),
        (timedelta(days=42), "5 Jan 2027 12:00"),
        (timedelta(days=-400), "20 Oct 2025 12:00"),
    ],
)
def test_future_times_are_formatted(app, monkeypatch, ahead, words):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert time_filters.upcoming_time(NOW + ahead) == words


def test_counts_have_the_right_plural():
    assert [filters.plural(n, "item") for n in (0, 1, 1234)] == ["0 items", "1 item", "1,234 items"]


def test_bars_stay_within_their_bounds():
    assert [filters.percent(*p) for p in ((2, 1), (-1, 1), (1, 0), (1, 3))] == [
        "100%",
        "0%",
        "0%",
        "33.33%",
    ]


def test_bar_segments_have_a_minimum_width():
    parts = filters.bar_segments(
        [
            {"filled": 0.3, "open": 0.0},
            {"filled": 0.001, "open": 0.0},
            {"filled": 0.1, "open": 0.3},
            {"filled": 0.0, "open": 0.299},
        ]
    )
    assert min(part["length"] for part in parts) == MIN_SEGMENT_SHARE
    assert parts[-1]["begin"] + parts[-1]["length"] == pytest.approx(1)
    assert sum(part["length"] * part["filled"] for part in parts) == pytest.approx(0.401)
    assert [part["filled"] for part in parts[:2]] == [pytest.approx(1)] * 2


def test_wide_table_can_be_scrolled_by_keyboard():
    html = filters.article_html("<p>t</p><table><tr><td>a</td></tr></table>")
    assert '<div class="tablebox" role="group" aria-label="Table" tabindex="0"><table>' in html
    assert html.endswith("</table></div>")


def test_sanitised_article_keeps_structure_without_scripts():
    html = filters.article_html(
        '<h2>A &amp; B</h2><p id="x">t<script>s</script></p>', [("A & B", "/i", '"><x>', 1, 1)]
    )
    soup = BeautifulSoup(html, "html.parser")
    assert [tag.name for tag in soup.find_all(True)] == ["h2", "figure", "img", "p"]
    assert soup.img.attrs == {
        "src": "/i",
        "alt": '"><x>',
        "width": "1",
        "height": "1",
        "loading": "lazy",
    }
    assert (soup.h2.text, soup.p.text, soup.p.attrs) == ("A & B", "t", {})


def test_layout_key_changes_with_the_number_of_digits():
    assert (
        filters.layout_key("<b>8</b> of 20")
        == filters.layout_key("<b>9</b> of 31")
        != filters.layout_key("<b>10</b> of 31")
    )


@pytest.mark.parametrize(
    ("message", "end"),
    [
        ("Wrote “Mulch” · 1,240 words", " · 1,240 words"),
        ("Failed “Mulch” · refused “so” · 3 tries", " · refused “so” · 3 tries"),
        ("Stage 3 done · 36 tasks from 36 ideas", ""),
        ("Image made for “Mulch”", ""),
    ],
)
def test_log_line_is_split_after_its_title(message, end):
    assert filters.split_title(message) == (message.removesuffix(end), end)
