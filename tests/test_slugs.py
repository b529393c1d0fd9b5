"""Slugs follow the language of the site, keep signs that carry meaning, and are never empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from igny8.slugs import MAX_CHARS, slug_of


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("c# tutorial", "en", "c-sharp-tutorial"),
        ("c++ tutorial", "en", "c-plus-plus-tutorial"),
        ("c tutorial", "en", "c-tutorial"),
        (".net developer salary", "en", "dot-net-developer-salary"),
        ("men's shoes & boots", "en", "mens-shoes-and-boots"),
        ("50% off", "en", "50-percent-off"),
        ("frühbeet bauen", "de", "fruehbeet-bauen"),
        ("ボルダリング ホテル", "ja", "borudaringu-hoteru"),
        ("ｙｕ ｋｉｒｏｒｏ", "ja", "yu-kiroro"),
        ("お盆 旅行", "ja", "お盆-旅行"),
        ("купить обувь", "ru", "kupit-obuv"),
        ("운동화 추천", "ko", "undonghwa-cuceon"),
        ("跑步鞋推荐", "zh", "pao-bu-xie-tui-jian"),
        ("🚗 rental", "en", "rental"),
    ],
)
def test_slug_follows_the_language(text, language, slug):
    assert slug_of(text, language) == slug


@given(some.text(max_size=120), some.sampled_from(["en", "de", "ja", "zh", "ar"]))
def test_slug_is_stable_short_and_never_empty(text, language):
    slug = slug_of(text, language)
    assert slug and slug == slug_of(text, language)
    assert len(slug) <= MAX_CHARS and "/" not in slug and " " not in slug
