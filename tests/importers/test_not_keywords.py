"""Rows that are no keywords are told from keywords, and some keywords are flagged."""

import pytest

from igny8.importers.keyword_flags import flags_of
from igny8.importers.not_keywords import reason_set_aside


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("You can export only first 50000 rows", "a notice of the tool"),
        ("Upgrade your plan to see more.", "a notice of the tool"),
        ("Total", "a total, not a keyword"),
        ("Gesamtsumme:", "a total, not a keyword"),
        ("合計", "a total, not a keyword"),
        ("RISING", "a section title"),
        ("TOP", "a section title"),
        ("https://shop.example/a", "a web address"),
        ("www.shop.example", "a web address"),
        ("shop.example/cart?a=1", "a web address"),
        ("site:shop.example pricing", "a search operator"),
        ("shoes inurl:blog", "a search operator"),
        ('intitle:"index of" shoes', "a search operator"),
        ("select * from users", "SQL, not a keyword"),
        ("shoes' or 1=1 --", "SQL, not a keyword"),
        ("1 union select password from users", "SQL, not a keyword"),
        ("info@shop.example", "an e-mail address"),
        ("contact info@shop.example", "an e-mail address"),
        ("+49 30 1234567", "a phone number"),
        ("(555) 123-4567", "a phone number"),
        ("123456", "a number alone"),
        ("0.5", "a number alone"),
        ("1,000,000", "a number alone"),
        ("x", "a single sign"),
        ("a" * 81, "longer than 80 characters"),
        (
            "one two three four five six seven eight nine ten eleven twelve more",
            "more than 12 words",
        ),
    ],
)
def test_text_that_is_not_a_keyword_is_set_aside(text, reason):
    assert reason_set_aside(text, is_alone=True) == reason


@pytest.mark.parametrize(
    "text",
    [
        "shoes",
        "top shoes",
        "total war",
        "best laptop under 1000",
        "how to select a car from japan",
        "drop table legs ideas",
        "union pacific careers",
        "cars.com",
        "24/7 gym",
        "2026",
        "007",
        "iphone 15 vs 16",
        "本",
        "🚗",
        "what is site map",
        "define love",
        "men's shoes",
        "rock & roll",
        "5 o'clock tea",
        "covid-19",
    ],
)
def test_keyword_stays_a_keyword(text):
    assert reason_set_aside(text, is_alone=False) == ""


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("sex toys", "adult"),
        ("diabetes symptoms", "medical"),
        ("divorce lawyer leeds", "legal"),
        ("bank of somewhere login", "brand"),
        ("can you show me a picture", "no topic"),
        ("2026", "number"),
        ("red shoes", None),
        ("middlesex university", None),
    ],
)
def test_some_keywords_are_flagged(text, flag):
    assert flags_of(text) == flag


def test_navigational_keyword_is_flagged_as_a_brand():
    assert flags_of("shoe palace", "navigational") == "brand"
