"""Numbers are read as the tools write them, and missing is never 0."""

import pytest

from igny8.importers.numbers import amount, between, count, currency, decimal_mark, real


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1000", 1000),
        ("1,000", 1000),
        ("1.000", 1000),
        ("1 000", 1000),
        ("1\u00a0000", 1000),
        ("1\u202f000", 1000),
        ("1'000", 1000),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("12,34,567", 1234567),
        ("1.2K", 1200),
        ("1,2K", 1200),
        ("2M", 2_000_000),
        ("0", 0),
        ("1200.0", 1200),
        (1200, 1200),
        (1200.0, 1200),
        ("1.234,5", 1234),
        ("1,234.5", 1234),
    ],
)
def test_counts_are_parsed(cell, expected):
    assert count(cell) == expected


@pytest.mark.parametrize("cell", ["", " ", "-", "--", "–", "N/A", "n/a", "null", "NULL", None])
def test_missing_count_is_none_and_never_zero(cell):
    assert count(cell) is None
    assert real(cell) is None
    assert amount(cell).volume is None


@pytest.mark.parametrize("cell", ["abc", "-5", "1.2.3,4,5", "1,23,4", "12a", "9" * 30, "inf", "²"])
def test_text_that_is_not_a_count_is_refused(cell):
    with pytest.raises(ValueError):
        count(cell)


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("0.62", ".", 0.62),
        ("0,62", ".", 0.62),
        ("$1.25", ".", 1.25),
        ("1,25 €", ",", 1.25),
        ("35%", ".", 35),
        ("3,0 %", ",", 3),
        ("1.234,5", ",", 1234.5),
        ("1,234.50", ".", 1234.5),
        ("1.234", ".", 1.234),
        ("1.234", ",", 1234),
        ("1,234", ".", 1234),
        ("US$0.40", ".", 0.4),
        ("R$ 0,40", ",", 0.4),
        ("EUR 0.40", ".", 0.4),
        ("0,523", ".", 0.523),
    ],
)
def test_prices_and_percentages_are_parsed(cell, mark, expected):
    assert real(cell, mark) == expected


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("10 – 100", 10, 100),
        ("10-100", 10, 100),
        ("1K – 10K", 1000, 10000),
        ("<10", 0, 10),
        ("118001..300000", 118001, 300000),
        ("1,000 - 10,000", 1000, 10000),
        ("10 to 100", 10, 100),
    ],
)
def test_ranges_are_kept_as_ranges(cell, low, high):
    volume = amount(cell)
    assert (volume.low, volume.high, volume.is_range) == (low, high, True)
    assert low <= volume.volume <= high


def test_open_range_has_no_upper_end():
    assert amount("100K+") == (100_000, 100_000, None, True)


def test_range_of_one_value_is_exact():
    assert between(90, 90) == (90, None, None, False)


@pytest.mark.parametrize(
    ("cells", "delimiter", "mark"),
    [
        (["0.52", "1.1"], ";", "."),
        (["0,52", "3,0 %"], ",", ","),
        (["1,000"], ",", "."),
        ([], ";", ","),
    ],
)
def test_decimal_mark_is_judged_from_the_file(cells, delimiter, mark):
    assert decimal_mark(cells, delimiter) == mark


@pytest.mark.parametrize(
    ("cell", "code"), [("$1.25", "USD"), ("1,25 €", "EUR"), ("GBP 3", "GBP"), ("1.25", None)]
)
def test_price_has_its_currency(cell, code):
    assert currency(cell) == code
